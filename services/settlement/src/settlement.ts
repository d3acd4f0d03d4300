import { type EventHeading, type EventRecord, type EventStore, memberOfStream, type NewEvent } from '@perennial/event-store'
import { type Clock, idle, type Logger, type Metrics, outlast, type Service, unlessStopped, yieldTurn } from '@perennial/runtime'
import { beginningTypes, type Merge, mergeOf, passedOn, readEvent, type SettlementProgress, undoneBy, whatFollows } from '@perennial/settle'

export interface SettlementDependencies {
  eventStore: EventStore
  progress: SettlementProgress
  clock: Clock
  metrics: Metrics
  logger: Logger
  /** A place to die, for tests: called by name between the steps of a page. */
  failPoint?(name: SettlementFailPoint): void
}

export type SettlementFailPoint = 'page-read' | 'consequences-appended' | 'page-settled'

/** Of a page, only what the few decisions among its events need is read whole. */
const pageMax = 10_000
/** Events in one transaction; adoptions are a quarter of a megabyte at the most. */
const appendMax = 100
const pollMs = 100

/**
 * Finishes in another member's stream what a decision began: points that were transferred arrive, the history of a
 * member who was merged away is adopted, and so is everything that reaches that member's stream while the merge lasts.
 * Both sides happen or neither, though each stream is written by itself: the checkpoint moves only behind what was
 * settled, and what is settled again is in the log already.
 *
 * While it runs, it outlasts servers that do not answer.
 */
export function createSettlement(dependencies: SettlementDependencies): Service {
  async function work(follower: Follower, signal?: AbortSignal): Promise<void> {
    while (!signal?.aborted && (await follower.settlePage())) await yieldTurn()
  }
  return {
    name: 'settlement',
    drain: async (signal) => work(await openFollower(dependencies), signal),
    async run(signal) {
      const { logger } = dependencies
      let follower: Follower | undefined
      const settleAll = async () => {
        const current = follower ?? (await openFollower(dependencies))
        // A page that was cut off has told it of merges that were not yet: where this fails, another one begins anew.
        follower = undefined
        await work(current, signal)
        follower = current
      }
      await unlessStopped(signal, async () => {
        while (!signal.aborted) {
          await outlast(settleAll, { signal, logger })
          await idle(pollMs, signal)
        }
      })
    },
  }
}

interface Follower {
  /** Settles the next events of the log; false when there are none. */
  settlePage(): Promise<boolean>
}

interface Stand {
  position: number
  /** As of that position: what is passed on to whom depends on both. */
  merges: Map<string, Merge>
}

/** Reads both as of one instant, although somebody else may be settling: whoever saves moves the position. */
async function standOf(progress: SettlementProgress): Promise<Stand> {
  for (;;) {
    const position = await progress.position()
    const merges = await progress.merges()
    if ((await progress.position()) === position) return { position, merges }
  }
}

async function openFollower({ eventStore, progress, clock, metrics, logger, failPoint }: SettlementDependencies): Promise<Follower> {
  let { position, merges } = await standOf(progress)
  /** Merges that began or, undefined, ended since the progress was saved. */
  const changed = new Map<string, Merge | undefined>()

  /** Learns who is merged into whom from here on. */
  function note(record: EventRecord, member: string): void {
    if (record.type === 'MergedInto') {
      merges.set(member, mergeOf(record))
      changed.set(member, mergeOf(record))
    }
    if (record.type === 'MergeUndone' && merges.get(member)?.merge === undoneBy(record)) {
      merges.delete(member)
      changed.set(member, undefined)
    }
  }

  async function consequencesOf(heading: EventHeading): Promise<NewEvent[]> {
    const begins = beginningTypes.has(heading.type)
    const member = memberOfStream(heading.stream)
    const merge = member === undefined ? undefined : merges.get(member)
    if (member === undefined || !(begins || merge)) return []
    const record = await readEvent(eventStore, heading.position)
    if (!record) throw new Error(`the log has no event at ${heading.position}`)
    note(record, member)
    const events = begins ? await whatFollows(eventStore, record, clock()) : []
    if (merge && !endsOrBegins(heading.type)) events.push(...passedOn(merge, record, clock()))
    return events
  }

  async function append(events: readonly NewEvent[]): Promise<void> {
    if (events.length === 0) return
    const { appended, conflicts } = await eventStore.append(events)
    failPoint?.('consequences-appended')
    metrics.settled.inc(appended)
    for (const index of conflicts) {
      const { stream, source, id } = events[index] as NewEvent
      // Only somebody who writes under our name can bring this about: the others must not wait for that.
      logger.error({ stream, source, id }, 'not settled: another event has this source and id')
    }
  }

  /** Saves how far it is, or goes on from where somebody else is who was faster. */
  async function moveTo(next: number): Promise<void> {
    const ended = [...changed.keys()].filter((member) => !changed.get(member))
    const begun = [...changed.values()].filter((merge) => merge !== undefined)
    const saved = await progress.save({ from: position, position: next, begun, ended })
    changed.clear()
    if (saved) {
      position = next
    } else {
      // A lock that was lost, for once; what was appended meanwhile is what the other one appends, and stored once.
      logger.warn({ position }, 'somebody else settles too')
      ;({ position, merges } = await standOf(progress))
    }
    metrics.settlementPosition.set(position)
  }

  return {
    async settlePage() {
      const headings = await eventStore.readHeadings({ after: position, limit: pageMax })
      const last = headings.at(-1)
      if (!last) return false
      failPoint?.('page-read')
      let pending: NewEvent[] = []
      for (const heading of headings) {
        pending.push(...(await consequencesOf(heading)))
        if (pending.length < appendMax) continue
        await append(pending)
        pending = []
      }
      await append(pending)
      await moveTo(last.position)
      failPoint?.('page-settled')
      return true
    },
  }
}

/** These two are about the merge itself, and no part of the history. */
function endsOrBegins(type: string): boolean {
  return type === 'MergedInto' || type === 'MergeUndone'
}
