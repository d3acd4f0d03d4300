import { PerennialError } from '@perennial/contracts'
import type { EventRecord, EventStore } from '@perennial/event-store'
import { whatFollows } from './what-follows.ts'

/**
 * Finishes, in the other member's stream, what the decision at a position of the log began; does nothing for any other
 * event. The service of that name does it sooner or later. Who has just made a decision does it at once, so that both
 * sides can be seen when the decision is answered: whichever comes first, it is done once.
 *
 * @param now the engine's clock, milliseconds
 * @throws PerennialError `event-id-reused` when something else stands in its place
 */
export async function settle(eventStore: EventStore, position: number, now: number): Promise<void> {
  const record = await readEvent(eventStore, position)
  if (!record) return
  const events = await whatFollows(eventStore, record, now)
  if (events.length === 0) return
  const { conflicts } = await eventStore.append(events)
  const [first] = conflicts
  if (first === undefined) return
  const { source, id } = events[first] ?? record
  throw new PerennialError('event-id-reused', { where: `${source} ${id}` })
}

export async function readEvent(eventStore: EventStore, position: number): Promise<EventRecord | undefined> {
  const [record] = await eventStore.readAll({ after: position - 1, limit: 1 })
  return record?.position === position ? record : undefined
}
