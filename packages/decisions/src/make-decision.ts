import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { currentVersions, type DecisionType, decisionSource, PerennialError } from '@perennial/contracts'
import { type Command, type DecidedEvent, decide, type Refused } from '@perennial/domain'
import { type EventRecord, type EventStore, memberStream, type NewEvent } from '@perennial/event-store'
import { loadProgrammes, refuseMerged } from '@perennial/projector'
import { readMember, requireMember, standingOf } from './member-standing.ts'
import { oneAfterAnother } from './one-after-another.ts'

export interface DecisionMakerDependencies {
  eventStore: EventStore
  /** Milliseconds since 1970, UTC. */
  clock(): number
}

/** A decision as it stands in the log, and the member's stream up to it. */
export interface StoredDecision {
  record: EventRecord
  stream: EventRecord[]
  /** It stood there already under this key. */
  repeated: boolean
}

export type DecisionMaker = (memberId: string, key: string, command: Command) => Promise<StoredDecision>

/** How often a decision is made again because somebody else wrote to the stream meanwhile. */
const attemptsMax = 100
const pauseMsMax = 20

/**
 * Makes decisions: reads the member's stream, decides, appends with the revision of what was read, and where the stream
 * has moved on meanwhile does it again. Nothing else is trusted, no read model and no earlier answer.
 *
 * The caller's key is the id of the event: who sends a request again is answered from the event, and nothing happens.
 * A request that is refused leaves nothing behind.
 *
 * @throws PerennialError what `decide` refuses; `member-unknown`, `key-reused`, `member-busy`
 */
export function createDecisionMaker({ eventStore, clock }: DecisionMakerDependencies): DecisionMaker {
  const queued = oneAfterAnother()

  async function attempt(memberId: string, key: string, command: Command): Promise<StoredDecision> {
    const records = await readMember(eventStore, memberId)
    const before = madeBefore(records, key, command)
    if (before) return before
    const other = otherMember(command)
    if (other !== undefined && other !== memberId) await requireMember(eventStore, other)

    const versions = await loadProgrammes(eventStore)
    const now = clock()
    const { standing, at } = standingOf(memberId, records, versions, now)
    const decided = decide(standing, command, versions, at)
    if ('refused' in decided) {
      // Who was merged away may have been so more than once: the caller is told of the last one.
      if (decided.refused === 'member-merged') await refuseMerged(eventStore, memberId)
      throw refusal(decided, memberId)
    }

    const event = newEvent(memberId, key, command, decided, { occurredAt: at, recordedAt: now })
    const { position, revision } = await eventStore.appendDecision(event, (records.at(-1) as EventRecord).revision)
    const metadata = { asked: command }
    const record: EventRecord = { ...event, data: decided.data, metadata, position, revision }
    return { record, stream: [...records, record], repeated: false }
  }

  return (memberId, key, command) =>
    queued(memberId, async () => {
      for (let attempts = 1; ; attempts++) {
        try {
          return await attempt(memberId, key, command)
        } catch (error) {
          const { code } = error as { code?: string }
          // The key is not in this member's stream, so it is in another one.
          if (code === 'event-id-reused') throw new PerennialError('key-reused', { where: memberId, cause: error })
          if (code !== 'wrong-revision') throw error
          if (attempts === attemptsMax) throw new PerennialError('member-busy', { where: memberId, cause: error })
        }
        // Another process decides about the same member: not both at the same moment again.
        await sleep(Math.random() * Math.min(attempts, pauseMsMax))
      }
    })
}

/** @throws PerennialError `key-reused` where something else was decided under the key */
export function madeBefore(records: readonly EventRecord[], key: string, command: Command): StoredDecision | undefined {
  const index = records.findIndex(({ source, id }) => source === decisionSource && id === key)
  const record = records[index]
  if (!record) return undefined
  if (!isDeepStrictEqual(record.metadata?.asked, asked(command))) throw new PerennialError('key-reused', { where: key })
  return { record, stream: records.slice(0, index + 1), repeated: true }
}

/** Who else the decision is about: that member must be there. */
function otherMember(command: Command): string | undefined {
  switch (command.command) {
    case 'transfer':
      return command.to
    case 'pool':
    case 'merge':
      return command.into
    default:
      return undefined
  }
}

/** The request as JSON holds it: fields that were not given are not there. */
function asked(command: Command): unknown {
  return JSON.parse(JSON.stringify(command))
}

function newEvent(
  memberId: string,
  key: string,
  command: Command,
  { type, data }: DecidedEvent<DecisionType>,
  when: Pick<NewEvent, 'occurredAt' | 'recordedAt'>,
): NewEvent {
  return {
    stream: memberStream(memberId),
    type,
    version: currentVersions[type],
    source: decisionSource,
    id: key,
    ...when,
    data: JSON.stringify(data),
    // What was asked for, to know the same request again; it also tells later why points were worth what they were.
    metadata: JSON.stringify({ asked: command }),
  }
}

function refusal({ refused, message }: Refused, where: string): PerennialError {
  return new PerennialError(refused, { where, ...(message !== undefined && { message }) })
}
