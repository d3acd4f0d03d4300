import {
  type Decided,
  type DecisionRequests,
  type OpenHolds,
  type OpenRedemptions,
  PerennialError,
  type Pooled,
  settlementSource,
  type WaitingAdjustments,
} from '@perennial/contracts'
import { type Command, formatInstant, type Merge, mergedMessage, mergesOf, type Standing, standingMerge } from '@perennial/domain'
import { type EventRecord, type EventStore, memberOfStream } from '@perennial/event-store'
import { loadProgrammes, type Projector, toMemberEvent } from '@perennial/projector'
import { settle, whatFollows } from '@perennial/settle'
import { madeDecision, pointsAfter, worthText } from './answers.ts'
import { createDecisionMaker, type StoredDecision } from './make-decision.ts'
import { readMember, requireMember, standingOf } from './member-standing.ts'

export interface DecisionsDependencies {
  eventStore: EventStore
  projectors: readonly Projector[]
  /** Milliseconds since 1970, UTC. */
  clock(): number
}

/**
 * Everything that can be decided about members. Each decision has a key of its caller's: under the same key the same
 * thing happens once, and is answered the same each time.
 */
export interface Decisions {
  /** @throws PerennialError with the code of what speaks against it; `key-reused`, `member-busy`, `member-unknown`, `member-merged` */
  decide(memberId: string, key: string, command: Command): Promise<Decided>
  /** One transfer from each member, under `<key>/1` and so on: each whole or not at all. */
  pool(key: string, request: DecisionRequests['pool']): Promise<Pooled>
  openHolds(memberId: string): Promise<OpenHolds>
  openRedemptions(memberId: string): Promise<OpenRedemptions>
  waitingAdjustments(memberId: string): Promise<WaitingAdjustments>
}

export function createDecisions(dependencies: DecisionsDependencies): Decisions {
  const { eventStore, projectors, clock } = dependencies
  const make = createDecisionMaker({ eventStore, clock })

  async function pointsOf(records: readonly EventRecord[]): Promise<Decided['points']> {
    const points = projectors.find(({ name }) => name === 'points')
    if (!points) throw new Error('no points projector')
    // By the rules as they were known then: a version published later changes nothing of what was answered.
    return pointsAfter(points, records, await loadProgrammes(eventStore, records.at(-1)?.position))
  }

  /** How the member stands now, and when that is. */
  async function standing(memberId: string): Promise<Standing & { asOf: string }> {
    const records = await requireMember(eventStore, memberId)
    const found = standingOf(memberId, records, await loadProgrammes(eventStore), clock())
    return { ...found.standing, asOf: formatInstant(found.at) }
  }

  /** The stream of the member merged into, up to where it says what became of the merge. */
  async function streamMergedInto(made: StoredDecision): Promise<EventRecord[]> {
    const records = await readMember(eventStore, mergeOf(made).into)
    const followed = new Set((await whatFollows(eventStore, made.record, clock())).map(({ id }) => id))
    return records.slice(0, records.findLastIndex(({ source, id }) => source === settlementSource && followed.has(id)) + 1)
  }

  /**
   * Two merges are decided in two streams, so each can find the other member whole and be too late. Of such two, the
   * one that stands first in the log counts, and the other undoes itself.
   *
   * @throws PerennialError `member-merged`
   */
  async function refuseCrossedMerge(made: StoredDecision, { into, by }: { into: string; by: string }): Promise<void> {
    const { position, id, stream } = made.record
    const earlier = (await readMember(eventStore, into)).filter((record) => record.position < position)
    const rival = standingMerge(mergesOf(earlier.map(toMemberEvent)))
    if (!rival) return
    const from = memberOfStream(stream) as string
    await make(from, `${id}/undo`, { command: 'undo-merge', merge: id, by, reason: 'crossed-merge' })
    throw new PerennialError('member-merged', { where: into, message: mergedMessage(into, rival) })
  }

  async function decide(memberId: string, key: string, command: Command): Promise<Decided> {
    const made = await make(memberId, key, command)
    if (command.command === 'merge') await refuseCrossedMerge(made, command)
    await settle(eventStore, made.record.position, clock())
    const merging = command.command === 'merge' || command.command === 'undo-merge'
    return {
      decision: madeDecision(made.record),
      points: await pointsOf(merging ? await streamMergedInto(made) : made.stream),
      repeated: made.repeated,
    }
  }

  return {
    decide,

    async pool(key, request) {
      const parts: Pooled['parts'] = []
      let repeated = true
      for (const [index, from] of request.from.entries()) {
        try {
          const { decision, repeated: again } = await decide(from, `${key}/${index + 1}`, { command: 'pool', ...request })
          parts.push({ from, decision })
          repeated &&= again
        } catch (error) {
          if (!isAbout(error, from)) throw error
          parts.push({ from, decision: null, why: error.message })
        }
      }
      return { into: request.into, parts, points: await pointsOf(await readMember(eventStore, request.into)), repeated }
    },

    async openHolds(memberId) {
      const { points, past, asOf } = await standing(memberId)
      const rows = points.holds.map(({ id, points, at, lapsesAt = at, orderId }) => {
        const { worth, currency } = past.holds.get(id) ?? {}
        return {
          hold: id,
          points,
          at: formatInstant(at),
          lapsesAt: formatInstant(lapsesAt),
          ...(orderId !== undefined && { orderId }),
          ...(worth !== undefined && { worth: worthText(worth, currency) }),
        }
      })
      return { memberId, asOf, rows }
    },

    async openRedemptions(memberId) {
      const { points, asOf } = await standing(memberId)
      const open = [...points.redemptions.values()].filter(({ points }) => points > 0)
      const rows = open.map(({ id, points, at, orderId }) => {
        return { redemption: id, points, at: formatInstant(at), ...(orderId !== undefined && { orderId }) }
      })
      return { memberId, asOf, rows }
    },

    async waitingAdjustments(memberId) {
      const { past, asOf } = await standing(memberId)
      const waiting = [...past.proposals].filter(([, { answered }]) => !answered)
      const rows = waiting.map(([id, { points, reason, by, at }]) => ({ adjustment: id, points, reason, by, at: formatInstant(at) }))
      return { memberId, asOf, rows }
    },
  }
}

/** The merge that a decision made or undid. */
function mergeOf({ record, stream }: StoredDecision): Merge {
  const id = record.type === 'MergedInto' ? record.id : (record.data as { merge: string }).merge
  const merge = mergesOf(stream.map(toMemberEvent)).find((candidate) => candidate.id === id)
  if (!merge) throw new Error(`no merge ${id} in ${record.stream}`)
  return merge
}

const memberCodes = ['points-missing', 'member-unknown', 'member-merged'] as const

/** Whether a member has nothing to give, which is no matter of the others. */
function isAbout(error: unknown, memberId: string): error is PerennialError {
  return error instanceof PerennialError && error.where === memberId && memberCodes.includes(error.code as (typeof memberCodes)[number])
}
