import { partitionOf } from '@perennial/contracts'
import { emptyHistory, interpret, type MemberEvent, type Occurrence } from '@perennial/domain'
import { type EventRecord, type EventStore, memberOfStream, memberStream, publishedProgrammes } from '@perennial/event-store'
import type { Changes, ParkedMember, ReadModel, ReadStore, StoredMember } from '@perennial/read-store'
import { isFarBehind } from './catch-up.ts'
import { FoldFailure, foldMember, step, toMemberEvent } from './fold-member.ts'
import { canFollow, digestOf, extendDigest, type MemberDigest } from './member-digest.ts'
import { changesRules, loadProgrammes } from './programme-log.ts'
import type { Projector } from './projector.ts'
import { announcementsOf, restoreState, saveState, storedMember } from './stored-state.ts'
import { allPartitions, type FoldOutcome, foldAsFarAsPossible, parkedMember, sweep } from './sweep.ts'

export interface LiveOptions {
  projector: Projector
  eventStore: EventStore
  readStore: ReadStore
  /** The engine's clock, in milliseconds. */
  clock(): number
  partitions?: readonly number[]
  /** Events in one transaction. */
  batchMax?: number
  /** Called after each piece of work with how many events or members it took. */
  onWork?(work: { kind: 'events' | 'clock' | 'sweep' | 'retry'; count: number; ms: number }): void
  /** A place to die, for tests: called by name between the steps of a batch. */
  failPoint?(name: FailPoint): void
}

export type FailPoint =
  | 'batch-read'
  | 'batch-folded'
  | 'batch-committed'
  | 'clock-committed'
  | 'retry-committed'
  | 'sweep-committed'
  | 'rebuild-filled'
  | 'rebuild-swapped'

/** A projector that follows the log. Each call of `step` does one piece of work in one transaction. */
export interface LiveProjection {
  /** Does the next piece of work; false when there is none: all events are folded and nothing is due. */
  step(signal?: AbortSignal): Promise<boolean>
  /** Position of the last event taken into account. */
  position(): number
}

interface CachedMember {
  digest: MemberDigest
  state: unknown
  shown: StoredMember['shown']
}

const batchMaxDefault = 2_000
/** Members whose state is kept in memory between batches. */
const cachedMembersMax = 1_000
const duePerTransaction = 1_000

export async function openLiveProjection(options: LiveOptions): Promise<LiveProjection> {
  const { projector, eventStore, readStore, clock, partitions = allPartitions, batchMax = batchMaxDefault } = options
  const own = new Set(partitions)
  const readModel: ReadModel = await readStore.live(projector)
  const fail = options.failPoint ?? (() => {})
  const cache = new Map<string, CachedMember>()
  const parked = new Map((await readModel.parked()).map((member) => [member.memberId, member]))

  const positions = new Map<number, number>()
  let clockDone = Number.POSITIVE_INFINITY
  for (const { partition, position, clock: done } of await readModel.checkpoints()) {
    if (!own.has(partition)) continue
    positions.set(partition, position)
    clockDone = Math.min(clockDone, done)
  }
  let position = Math.min(...positions.values())
  let versions = await loadProgrammes(eventStore, Math.max(position, await firstProgramme(eventStore)))
  let maySweep = true

  /** The state of a member as it stands in the read model, or nothing for a new member. */
  function restore(stored: StoredMember | undefined): CachedMember | undefined {
    return stored && { ...restoreState(projector, stored.state), shown: stored.shown }
  }

  async function loadMembers(memberIds: readonly string[]): Promise<void> {
    const missing = memberIds.filter((memberId) => !cache.has(memberId))
    if (missing.length === 0) return
    for (const [memberId, stored] of await readModel.load(missing)) cache.set(memberId, restore(stored) as CachedMember)
  }

  function remember(memberId: string, member: CachedMember): void {
    cache.delete(memberId)
    cache.set(memberId, member)
  }

  function forgetOldest(): void {
    for (const memberId of cache.keys()) {
      if (cache.size <= cachedMembersMax) return
      cache.delete(memberId)
    }
  }

  /** The row to store for a state at its last event, without using the state up where no time has to pass for it. */
  function toStored(memberId: string, digest: MemberDigest, state: unknown, now: number): StoredMember {
    const text = saveState(projector, digest, state)
    const due = projector.fold(versions).nextDue(state)
    const unchanged = due === undefined || due > now
    if (unchanged) return { memberId, state: text, shown: projector.shown(state, now, versions), nextDue: due ?? null }
    return storedMember(projector, versions, { memberId, text, state: restoreState(projector, text).state }, now)
  }

  /**
   * Folds a member's new events onto its state, or the whole stream where they cannot follow it; undefined for a member
   * who is merged into another one.
   */
  async function foldEvents(memberId: string, records: readonly EventRecord[], upTo: number): Promise<CachedMember | undefined> {
    const fold = projector.fold(versions)
    const before = cache.get(memberId)
    const events: MemberEvent[] = []
    for (const record of records) {
      try {
        events.push(toMemberEvent(record))
      } catch (error) {
        throw new FoldFailure(record, error)
      }
    }
    let digest = before?.digest
    let state = before ? before.state : fold.initial()
    for (const [index, event] of events.entries()) {
      if (!canFollow(digest, event)) return refold(memberId, upTo)
      const history = emptyHistory(digest?.currency)
      try {
        interpret(history, event, versions.currencyAt(event.occurredAt), (occurrence: Occurrence) => {
          state = step(fold, state, occurrence)
        })
      } catch (error) {
        throw new FoldFailure(records[index] as EventRecord, error)
      }
      digest = digest ? extendDigest(digest, event, history) : digestOf(history, event)
    }
    return { digest: digest as MemberDigest, state, shown: before?.shown ?? {} }
  }

  async function refold(memberId: string, upTo: number): Promise<CachedMember | undefined> {
    const records = await eventStore.readStream(memberStream(memberId), { upTo })
    const folded = foldMember(records, [projector.fold(versions)], versions)
    if (!folded) return undefined
    // Saved and restored, so that the member in memory is the one that a restart would find.
    const { state } = restoreState(projector, saveState(projector, digestOf(folded.history, folded.last), folded.states[0]))
    return { digest: digestOf(folded.history, folded.last), state, shown: {} }
  }

  /** Where an event cannot be folded, what came before it still can. */
  async function foldOrFail(memberId: string, events: readonly EventRecord[], upTo: number): Promise<FoldOutcome> {
    try {
      return { folded: await foldEvents(memberId, events, upTo) }
    } catch (error) {
      if (!(error instanceof FoldFailure)) throw error
      // Folding has used up the state in memory.
      cache.delete(memberId)
      const records = await eventStore.readStream(memberStream(memberId), { upTo })
      return { failure: error, ...foldAsFarAsPossible(records, projector.fold(versions), versions) }
    }
  }

  async function commitEvents(records: readonly EventRecord[], upTo: number): Promise<void> {
    const now = clock()
    const byMember = new Map<string, EventRecord[]>()
    for (const record of records) {
      const memberId = memberOfStream(record.stream)
      if (memberId === undefined || parked.has(memberId)) continue
      const partition = partitionOf(memberId)
      if (!own.has(partition) || record.position <= (positions.get(partition) ?? 0)) continue
      const events = byMember.get(memberId)
      if (events) events.push(record)
      else byMember.set(memberId, [record])
    }
    await loadMembers([...byMember.keys()])

    const members: StoredMember[] = []
    const remove: string[] = []
    const announcements: string[] = []
    const park: ParkedMember[] = []
    for (const [memberId, events] of byMember) {
      const before = cache.get(memberId)?.shown
      const { folded, failure } = await foldOrFail(memberId, events, upTo)
      if (failure) park.push(parkedMember(memberId, failure, now))
      if (!folded) {
        cache.delete(memberId)
        remove.push(memberId)
        continue
      }
      const stored = toStored(memberId, folded.digest, folded.state, now)
      members.push(stored)
      announcements.push(...announcementsOf(projector, memberId, before, stored.shown, now))
      if (!failure) remember(memberId, { ...folded, shown: stored.shown })
    }
    fail('batch-folded')
    await readModel.commit({ members, remove, announcements, park, checkpoint: { partitions, position: upTo } })
    for (const member of park) parked.set(member.memberId, member)
    for (const partition of partitions) positions.set(partition, upTo)
    position = upTo
    forgetOldest()
    fail('batch-committed')
  }

  /** A new version of the programme, or a new model, may change every member's past: all are folded again. */
  async function changeRules(upTo: number, signal?: AbortSignal): Promise<void> {
    versions = await loadProgrammes(eventStore, upTo)
    cache.clear()
    await sweepAll(upTo, signal)
  }

  async function sweepAll(upTo: number, signal?: AbortSignal): Promise<void> {
    const now = clock()
    await sweep({
      eventStore,
      targets: [{ projector, readModel }],
      versions,
      upTo,
      now,
      announce: true,
      partitions,
      failPoint: fail,
      ...(signal && { signal }),
    })
    if (signal?.aborted) return
    cache.clear()
    parked.clear()
    for (const member of await readModel.parked()) parked.set(member.memberId, member)
    for (const partition of partitions) positions.set(partition, upTo)
    position = upTo
  }

  async function foldNextEvents(signal?: AbortSignal): Promise<number> {
    if (maySweep) {
      // Only a projector that starts far behind sweeps; one that keeps up never looks.
      maySweep = false
      const head = await eventStore.head()
      const behind = head - position
      if (isFarBehind(position, head)) {
        versions = await loadProgrammes(eventStore, head)
        await sweepAll(head, signal)
        return behind
      }
    }
    const records = await eventStore.readAll({ after: position, limit: batchMax })
    const last = records.at(-1)
    if (!last) return 0
    fail('batch-read')
    const rule = records.findIndex(({ type }) => changesRules(projector, type))
    if (rule === -1) {
      await commitEvents(records, last.position)
      return records.length
    }
    // What was learnt together is recorded together: one pass over all members is enough for it.
    let lastRule = rule
    while (lastRule + 1 < records.length && memberOfStream((records[lastRule + 1] as EventRecord).stream) === undefined) lastRule++
    const news = records[lastRule] as EventRecord
    if (rule > 0) await commitEvents(records.slice(0, rule), (records[rule - 1] as EventRecord).position)
    await changeRules(news.position, signal)
    return lastRule + 1
  }

  /** Members whose time has come: a lot expires, a tier lapses, silence has lasted long enough. */
  async function tick(): Promise<number> {
    const now = clock()
    if (now <= clockDone) return 0
    const due = await readModel.due({ at: now, limit: duePerTransaction, partitions })
    const members: StoredMember[] = []
    const announcements: string[] = []
    for (const stored of due) {
      const { state } = restoreState(projector, stored.state)
      const next = storedMember(projector, versions, { memberId: stored.memberId, text: stored.state, state }, now)
      members.push(next)
      announcements.push(...announcementsOf(projector, stored.memberId, stored.shown, next.shown, now))
      cache.delete(stored.memberId)
    }
    const finished = due.length < duePerTransaction
    if (due.length === 0 && now - clockDone < 60_000) {
      // Nothing was due: a checkpoint a minute is enough.
      return 0
    }
    await readModel.commit({ members, announcements, ...(finished && { checkpoint: { partitions, clock: now } }) })
    if (finished) clockDone = now
    fail('clock-committed')
    return due.length
  }

  /** A member as its stream has it, against what is stored. */
  async function changesOf(memberId: string, now: number): Promise<Changes> {
    const before = (await readModel.load([memberId])).get(memberId)
    const folded = await refold(memberId, position)
    if (!folded) return { members: [], remove: [memberId] }
    const stored = toStored(memberId, folded.digest, folded.state, now)
    return { members: [stored], announcements: announcementsOf(projector, memberId, before?.shown, stored.shown, now) }
  }

  /** Parked members that an operator asked to try again, from their streams up to where everyone else stands. */
  async function retryParked(): Promise<number> {
    if (parked.size === 0) return 0
    const now = clock()
    const requested = (await readModel.parked()).filter(({ retryRequested }) => retryRequested)
    for (const { memberId } of requested) {
      try {
        await readModel.commit({ ...(await changesOf(memberId, now)), unpark: [memberId] })
        parked.delete(memberId)
      } catch (error) {
        if (!(error instanceof FoldFailure)) throw error
        await readModel.commit({ members: [], park: [parkedMember(memberId, error, now)] })
      }
      cache.delete(memberId)
      fail('retry-committed')
    }
    return requested.length
  }

  return {
    position: () => position,
    async step(signal) {
      for (const [kind, work] of [
        ['events', () => foldNextEvents(signal)],
        ['clock', tick],
        ['retry', retryParked],
      ] as const) {
        const start = performance.now()
        const count = await work()
        if (count > 0) {
          options.onWork?.({ kind, count, ms: performance.now() - start })
          return true
        }
      }
      return false
    },
  }
}

/** Position of the first programme in the log: it judges also what was appended before it. 0 where there is none. */
async function firstProgramme(eventStore: EventStore): Promise<number> {
  const [first] = await publishedProgrammes(eventStore)
  return first?.position ?? 0
}
