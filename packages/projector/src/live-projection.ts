import { partitionOf } from '@perennial/contracts'
import { emptyHistory, interpret, type MemberEvent, type Occurrence, type ProgrammeVersions } from '@perennial/domain'
import { type EventRecord, type EventStore, memberOfStream, memberStream, publishedProgrammes } from '@perennial/event-store'
import type { Changes, ParkedMember, ReadModel, ReadStore, StoredMember } from '@perennial/read-store'
import { isFarBehind } from './catch-up.ts'
import { FoldFailure, foldMember, step, toMemberEvent } from './fold-member.ts'
import { canFollow, digestOf, extendDigest, type MemberDigest } from './member-digest.ts'
import { changesRules, loadProgrammes } from './programme-log.ts'
import { progressOf } from './progress.ts'
import type { Projector } from './projector.ts'
import { announcementsOf, restoreState, saveState, storedMember } from './stored-state.ts'
import { allPartitions, type FoldOutcome, foldAsFarAsPossible, parkedMember, sweep } from './sweep.ts'

export interface LiveOptions {
  projector: Projector
  eventStore: EventStore
  readStore: ReadStore
  /** The engine's clock, in milliseconds. */
  clock(): number
  /** The tables to write; those that are live without it. */
  readModel?: ReadModel
  partitions?: readonly number[]
  /** Of the lease under which the partitions of that read model are held, where others write the rest. */
  epoch?: number
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
/** Asking what is due, or who is to be tried again, costs a way to the store: no more often than this. */
const lookEveryMs = 100
/** While events keep coming, that is put off no longer than this. */
const lookAtLeastMs = 1_000
/** While nothing is due, so often is it written down that nothing was. */
const clockEveryMs = 60_000

export async function openLiveProjection(options: LiveOptions): Promise<LiveProjection> {
  const { projector, eventStore, readStore, clock, partitions = allPartitions, batchMax = batchMaxDefault, epoch } = options
  const own = new Set(partitions)
  const readModel: ReadModel = options.readModel ?? (await readStore.live(projector))
  const fail = options.failPoint ?? (() => {})
  const cache = new Map<string, CachedMember>()
  const parked = new Map<string, ParkedMember>()
  await loadParked()

  const progress = progressOf((await readModel.checkpoints()).filter(({ partition }) => own.has(partition)))
  let position = progress.slowest()
  let versions = await programmesOf(position)
  let maySweep = true
  /** Whether the last read came to the end of the log. */
  let atEnd = false
  let lookedAt = Number.NEGATIVE_INFINITY
  let retriedAt = Number.NEGATIVE_INFINITY

  /** Where others have shown members as of a later instant than this machine's, nobody is shown as of an earlier one. */
  function instant(): number {
    return epoch === undefined ? clock() : Math.max(clock(), progress.latestClock())
  }

  function commit(changes: Changes): Promise<void> {
    return readModel.commit(epoch === undefined ? changes : { ...changes, epoch })
  }

  async function loadParked(): Promise<void> {
    parked.clear()
    for (const member of await readModel.parked()) if (own.has(partitionOf(member.memberId))) parked.set(member.memberId, member)
  }

  async function programmesOf(position: number): Promise<ProgrammeVersions> {
    return loadProgrammes(eventStore, Math.max(position, await firstProgramme(eventStore)))
  }

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
    const now = instant()
    const byMember = new Map<string, EventRecord[]>()
    for (const record of records) {
      const memberId = memberOfStream(record.stream)
      if (memberId === undefined || parked.has(memberId)) continue
      if (!progress.isNews(partitionOf(memberId), record.position)) continue
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
    await commit({ members, remove, announcements, park, checkpoint: { partitions: progress.behind(upTo), position: upTo } })
    for (const member of park) parked.set(member.memberId, member)
    progress.reach(partitions, upTo)
    position = upTo
    forgetOldest()
    fail('batch-committed')
  }

  /** Folds all members of some partitions again, whatever was cut off before. */
  async function sweepTo(upTo: number, partitions: readonly number[], signal?: AbortSignal): Promise<void> {
    const now = instant()
    progress.begin(partitions, upTo)
    cache.clear()
    await sweep({
      eventStore,
      targets: [{ projector, readModel, ...(epoch !== undefined && { epoch }) }],
      versions: await loadProgrammes(eventStore, upTo),
      upTo,
      now,
      announce: true,
      partitions,
      failPoint: fail,
      ...(signal && { signal }),
    })
    if (signal?.aborted) return
    cache.clear()
    await loadParked()
    progress.reach(partitions, upTo)
    progress.reachClock(partitions, now)
    position = progress.slowest()
    versions = await programmesOf(position)
  }

  /** What has to be swept before the next event may be folded, if anything: how far, and which partitions. */
  async function nextSweep(): Promise<{ upTo: number; partitions: number[] } | undefined> {
    const [cutOff] = progress.unfinished()
    if (cutOff) return cutOff
    // Only a projector that starts far behind sweeps; one that keeps up never looks.
    if (!maySweep) return undefined
    maySweep = false
    if (!(await isFarBehind(eventStore, position))) return undefined
    const upTo = await eventStore.head()
    return { upTo, partitions: progress.behind(upTo) }
  }

  async function foldNextEvents(signal?: AbortSignal): Promise<number> {
    atEnd = false
    const due = await nextSweep()
    if (due) {
      const before = await eventStore.countAfter(position)
      await sweepTo(due.upTo, due.partitions, signal)
      return before - (await eventStore.countAfter(due.upTo))
    }
    const records = await eventStore.readAll({ after: position, limit: batchMax })
    const last = records.at(-1)
    if (!last) return 0
    fail('batch-read')
    const rule = records.findIndex(({ type }) => changesRules(projector, type))
    if (rule === -1) {
      await commitEvents(records, last.position)
      atEnd = records.length < batchMax
      return records.length
    }
    // What was learnt together is recorded together: one pass over all members is enough for it.
    let lastRule = rule
    while (lastRule + 1 < records.length && memberOfStream((records[lastRule + 1] as EventRecord).stream) === undefined) lastRule++
    const news = records[lastRule] as EventRecord
    if (rule > 0) await commitEvents(records.slice(0, rule), (records[rule - 1] as EventRecord).position)
    // A new version of the programme, or a new model, may change every member's past: all are folded again.
    await sweepTo(news.position, progress.behind(news.position), signal)
    return lastRule + 1
  }

  /** Members whose time has come: a lot expires, a tier lapses, silence has lasted long enough. */
  async function tick(): Promise<number> {
    const now = instant()
    const clockDone = progress.earliestClock()
    if (now <= clockDone || (now >= lookedAt && now - lookedAt < lookEveryMs)) return 0
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
    if (finished) lookedAt = now
    // Nothing was due: a checkpoint a minute is enough.
    if (due.length === 0 && now - clockDone < clockEveryMs) return 0
    await commit({ members, announcements, ...(finished && { checkpoint: { partitions: progress.clockBehind(now), clock: now } }) })
    if (finished) progress.reachClock(partitions, now)
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
    if (parked.size === 0 || performance.now() - retriedAt < lookEveryMs) return 0
    retriedAt = performance.now()
    const now = instant()
    const requested = (await readModel.parked()).filter(({ memberId, retryRequested }) => retryRequested && parked.has(memberId))
    for (const { memberId } of requested) {
      try {
        await commit({ ...(await changesOf(memberId, now)), unpark: [memberId] })
        parked.delete(memberId)
      } catch (error) {
        if (!(error instanceof FoldFailure)) throw error
        await commit({ members: [], park: [parkedMember(memberId, error, now)] })
      }
      cache.delete(memberId)
      fail('retry-committed')
    }
    return requested.length
  }

  async function measured(kind: 'events' | 'clock' | 'retry', work: () => Promise<number>): Promise<number> {
    const start = performance.now()
    const count = await work()
    if (count > 0) options.onWork?.({ kind, count, ms: performance.now() - start })
    return count
  }

  return {
    position: () => position,
    async step(signal) {
      const events = await measured('events', () => foldNextEvents(signal))
      // Time is not let pass for members of whom more is known already; but events may never cease to come.
      if (events > 0 && !(atEnd && instant() - lookedAt >= lookAtLeastMs)) return true
      const passed = await measured('clock', tick)
      if (events > 0 || passed > 0) return true
      return (await measured('retry', retryParked)) > 0
    },
  }
}

/** Position of the first programme in the log: it judges also what was appended before it. 0 where there is none. */
async function firstProgramme(eventStore: EventStore): Promise<number> {
  const [first] = await publishedProgrammes(eventStore)
  return first?.position ?? 0
}
