import type { EventRecord, EventStore } from '@perennial/event-store'
import { FoldFailure } from '@perennial/projector'

/** What every report is made from. */
export interface Shop {
  eventStore: EventStore
  /** Position of the log up to which events are known; its head without it. */
  upTo?: number
  /** After some members, with how many they were: to show how far it is, to give others a turn, to stop by throwing. */
  betweenPages?(members: number): void | Promise<void>
}

/**
 * One pass over the histories of all members, by member id in byte order.
 *
 * @returns how many members were left out because an event of theirs cannot be folded: read models have them parked
 */
export async function eachMember(
  { eventStore, upTo, betweenPages }: Shop,
  visit: (events: readonly EventRecord[]) => void,
): Promise<number> {
  let leftOut = 0
  for await (const members of eventStore.readHistories({ upTo: upTo ?? (await eventStore.head()) })) {
    for (const { events } of members) {
      try {
        visit(events)
      } catch (error) {
        if (!(error instanceof FoldFailure)) throw error
        leftOut++
      }
    }
    await betweenPages?.(members.length)
  }
  return leftOut
}
