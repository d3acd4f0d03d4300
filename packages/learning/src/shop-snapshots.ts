import { partitionCount } from '@perennial/contracts'
import {
  type EngagementState,
  engage,
  engagementAt,
  type Fold,
  noEngagement,
  noShopping,
  type ProgrammeVersions,
  type ShoppingState,
  shop,
  silenceDaysAt,
} from '@perennial/domain'
import type { EventStore } from '@perennial/event-store'
import { FoldFailure, statesAt } from '@perennial/projector'
import { yieldTurn } from '@perennial/runtime'
import type { MemberSnapshot, ShopSnapshot } from '@perennial/shop-models'

export interface SnapshotOptions {
  eventStore: EventStore
  versions: ProgrammeVersions
  /** Milliseconds, the newest first. */
  instants: readonly number[]
  onProgress?(members: number, ofAll: number): void
  signal?: AbortSignal
}

/** About so many members teach as much as all of them. */
const membersMax = 200_000

/**
 * The shop as it was known at each of some instants, the newest first, in one pass over all members. Late events count,
 * as far as they are recorded by now. Of a very large shop, whole partitions of its members are looked at: a sample by
 * hash of the id. Members whose events cannot be folded are left out.
 */
export async function snapshotsOf({ eventStore, versions, instants, onProgress, signal }: SnapshotOptions): Promise<ShopSnapshot[]> {
  const ascending = instants.toReversed()
  const found: MemberSnapshot[][] = ascending.map(() => [])
  const ended: string[][] = ascending.map(() => [])
  const { members: all } = await eventStore.counts()
  const partitions = Math.max(1, Math.min(partitionCount, Math.floor((partitionCount * membersMax) / Math.max(1, all))))
  let done = 0
  const histories = eventStore.readHistories({
    upTo: await eventStore.head(),
    ...(partitions < partitionCount && { partitions: Array.from({ length: partitions }, (_, partition) => partition) }),
  })
  for await (const page of histories) {
    signal?.throwIfAborted()
    for (const { memberId, events } of page) {
      try {
        statesAt(events, [habits(versions)], versions, ascending, (index, [state]) => {
          const seen = snapshotOf(memberId, state as Habits, ascending[index] as number)
          if (seen) found[index]?.push(seen)
          else if ((state as Habits).shopping.facts.purchases > 0) ended[index]?.push(memberId)
        })
      } catch (error) {
        if (!(error instanceof FoldFailure)) throw error
        for (const members of found) if (members.at(-1)?.memberId === memberId) members.pop()
        for (const ids of ended) if (ids.at(-1) === memberId) ids.pop()
      }
    }
    done += page.length
    onProgress?.(done, Math.round((all * partitions) / partitionCount))
    // Whoever serves in this process goes on serving.
    await yieldTurn()
  }
  return found.map((members, index) => ({ at: ascending[index] as number, members, ended: ended[index] ?? [] })).reverse()
}

interface Habits {
  shopping: ShoppingState
  engagement: EngagementState
}

/** Nothing but the facts; time alone changes none of them. */
function habits(versions: ProgrammeVersions): Fold<unknown> {
  const fold: Fold<Habits> = {
    initial: () => ({ shopping: noShopping(), engagement: noEngagement() }),
    evolve(state, occurrence) {
      shop(state.shopping, occurrence, versions)
      engage(state.engagement, occurrence)
      return state
    },
    advance: (state) => state,
    nextDue: () => undefined,
  }
  return fold as Fold<unknown>
}

function snapshotOf(memberId: string, { shopping, engagement }: Habits, at: number): MemberSnapshot | undefined {
  const { facts } = shopping
  if (facts.days === 0) return undefined
  return { memberId, facts: { ...facts }, silenceDays: silenceDaysAt(facts, at), engagement: engagementAt(engagement, at) }
}
