import { isDeepStrictEqual } from 'node:util'
import type { NewEvent } from '@perennial/event-store'

/**
 * Events that happened, so their senders say, a little later than now: the clocks of tills run ahead. They wait here
 * until their time has come and are appended then, so that no event of the log lies in the future of whoever reads it.
 * What is kept here survives `kill -9` like the log itself.
 */
export interface WaitingRoom {
  /**
   * Keeps events that are not here yet.
   * @returns indexes of those whose source and id are here with other contents; they are not kept
   */
  keep(events: readonly NewEvent[]): Promise<number[]>
  /** Events whose time has come, earliest first; those of one instant by source and id, in byte order. */
  due(options: { at: number; limit: number }): Promise<NewEvent[]>
  /**
   * Removes events that are in the log now, as `due` answered them. What came under the same id with other contents
   * after somebody else had removed them stays.
   */
  remove(events: readonly NewEvent[]): Promise<void>
  count(): Promise<number>
  close(): Promise<void>
}

/** Whether it is the same event, whenever it was recorded. */
export function isSameEvent({ recordedAt: _a, ...one }: NewEvent, { recordedAt: _b, ...other }: NewEvent): boolean {
  return isDeepStrictEqual(one, other)
}
