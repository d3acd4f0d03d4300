import { GenerationRetired, type Lease, type PartitionLease, type ReadModel } from '@perennial/read-store'
import { isUnavailable } from '@perennial/runtime'
import { planShare, quotaOf } from './quota.ts'
import { isReserved, isSwapIntent } from './swap-intent.ts'

export interface ShareOptions {
  /** The generation of tables that is shared. */
  readModel: ReadModel
  /** A name that no other process has. */
  owner: string
  /** How long the others wait for a process that is silent, in milliseconds. */
  ttlMs: number
  /** Milliseconds of a clock that never goes back. */
  now?(): number
}

/**
 * One process's share of the partitions of a read model. Others may join, leave and die at any time; the share follows
 * without anybody who decides for all. `beat` runs beside the work, and only looks; what is held changes in `settle`,
 * which whoever writes calls between two commits.
 */
export interface Share {
  /** What may be written, and under which epoch; no partitions for a process that stands by. */
  lease(): Lease
  /** Whether `settle` has something to do. */
  isUnsettled(): boolean
  /** Aborts when `settle` has something to do, so that long work can stop at the next place where it may. */
  unsettled(): AbortSignal
  /** A rebuild asks for a moment without any commit. */
  isPaused(): boolean
  /** Says that it is still there, holds what it has for another while, and looks what the others do. */
  beat(): Promise<void>
  /** Milliseconds until the next beat. */
  beatMs(): number
  /**
   * Gives back what is too much, or takes what is free. Afterwards nothing that was read before may be written.
   * @throws what went wrong in a beat, such as GenerationRetired
   */
  settle(): Promise<Lease>
  /** What is held is not sure any longer. */
  forget(): void
  /** Gives everything back, and is not counted any more. */
  leave(): Promise<void>
}

/** A third of the time, so that one beat may be lost. */
const beatsPerTtl = 3
/** Whoever waits for something looks more often: the others have only just given it back. */
const waitingBeatsPerTtl = 12

const none: Lease = { epoch: 0, partitions: [] }

export function createShare({ readModel, owner, ttlMs, now = () => performance.now() }: ShareOptions): Share {
  let owners: readonly string[] = []
  let paused = false
  let lease: Lease = none
  /** Before the call that held the lease for the last time: the store reckons from then at the earliest. */
  let heldFrom = 0
  /** Of the last beat. */
  let waiting = true
  let failure: unknown
  let change = new AbortController()
  change.abort()
  let beating: Promise<void> = Promise.resolve()

  const isOver = () => lease.partitions.length > 0 && now() - heldFrom >= ttlMs

  async function enlist(): Promise<void> {
    const names = await readModel.enlist(owner, ttlMs)
    paused = names.some(isSwapIntent)
    owners = names.filter((name) => !isReserved(name))
  }

  async function hold(): Promise<void> {
    const asked = lease
    if (asked.partitions.length === 0) return
    const start = now()
    const left = await readModel.renew(asked, ttlMs)
    // Meanwhile it may have been given back, or another one claimed.
    if (lease !== asked) return
    heldFrom = start
    if (left.partitions.length === asked.partitions.length) return
    lease = left
    change.abort()
  }

  async function look(): Promise<void> {
    try {
      await enlist()
      await hold()
      const { count } = quotaOf(owners, owner)
      waiting = lease.partitions.length < count
      const tooMany = lease.partitions.length > count
      if (tooMany || (waiting && planShare(owner, owners, await readModel.leases()).take.length > 0)) change.abort()
    } catch (error) {
      waiting = true
      if (!isUnavailable(error)) failure = error
      if (failure !== undefined) change.abort()
    }
    if (isOver()) forget()
  }

  function forget(): void {
    lease = none
    change.abort()
  }

  /** Under its own name in the store there may be more than it knows of: an answer may have been lost. */
  async function giveBack(leases: readonly PartitionLease[], give: readonly number[]): Promise<void> {
    const mine = leases.filter(({ partition }) => give.includes(partition))
    for (const [epoch, group] of Map.groupBy(mine, ({ epoch }) => epoch)) {
      await readModel.release({ epoch, partitions: group.map(({ partition }) => partition) })
    }
  }

  async function claim(partitions: readonly number[]): Promise<void> {
    const start = now()
    lease = partitions.length === 0 ? none : await readModel.claim({ owner, partitions, ttlMs })
    heldFrom = start
  }

  return {
    lease: () => lease,
    isUnsettled: () => change.signal.aborted || isOver(),
    unsettled: () => change.signal,
    isPaused: () => paused,
    beat: () => (beating = beating.then(look)),
    beatMs: () => ttlMs / (waiting || paused ? waitingBeatsPerTtl : beatsPerTtl),
    async settle() {
      if (failure !== undefined) throw failure
      if (isOver()) lease = none
      change = new AbortController()
      const held = new Set(lease.partitions)
      try {
        await enlist()
        const leases = await readModel.leases()
        const { keep, give, take } = planShare(owner, owners, leases)
        await giveBack(leases, give)
        const known = keep.length > 0 && leases.every(({ partition, epoch }) => !keep.includes(partition) || epoch === lease.epoch)
        if (take.length === 0 && known && keep.every((partition) => held.has(partition))) lease = { epoch: lease.epoch, partitions: keep }
        else await claim([...keep, ...take])
        return lease
      } catch (error) {
        forget()
        throw error
      }
    },
    forget,
    async leave() {
      // A beat that is under way would put it on the list again.
      await beating
      lease = none
      try {
        await readModel.leave(owner)
      } catch (error) {
        if (!(error instanceof GenerationRetired)) throw error
      }
    },
  }
}

/** Lets a share beat on a timer of its own, also while a long batch is under way. Answers how to stop that. */
export function keepBeating(share: Share): () => void {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const next = () => {
    if (stopped) return
    timer = setTimeout(() => void share.beat().finally(next), share.beatMs())
    timer.unref()
  }
  next()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
