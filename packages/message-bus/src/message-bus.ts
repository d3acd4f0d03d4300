import { isCompacted, PerennialError } from '@perennial/contracts'

/**
 * Topics with 64 partitions by message key, and consumer groups that remember how far they have read.
 * Delivery is at least once: a batch that was handled but not yet acknowledged when a process dies comes again.
 * Messages of one key come in the order in which they were published; between keys there is no order.
 *
 * A bus on servers rejects with PerennialError `store-unavailable` where they do not answer, and `store-refused`.
 */
export interface MessageBus {
  /**
   * Resolves once every message is safe. Messages of one key keep their order. A message that this topic cannot take is
   * refused before anything is published; see `assertPublishable`. Where the bus itself fails, some messages may be on
   * it: publish them again.
   */
  publish(topic: string, messages: readonly NewMessage[]): Promise<void>

  /**
   * Hands batches to `handle`, one after the other, until `signal` aborts; resolves when the last batch is done.
   * A batch is acknowledged when `handle` has resolved. If it rejects, consumption stops with that error, and its
   * messages come again next time.
   */
  consume(options: ConsumeOptions): Promise<void>

  /**
   * Reads a topic without a group, for browsing: the messages after a cursor. There are fewer than `limit` only where
   * the topic ends.
   *
   * @throws PerennialError `invalid-request` for a cursor that is not this bus's
   */
  read(options: ReadOptions): Promise<BrowsedMessage[]>

  /** Messages of the topic that the group has not acknowledged. */
  lag(topic: string, group: string): Promise<number>

  close(): Promise<void>
}

export interface ConsumeOptions {
  topic: string
  group: string
  /** Messages in a batch at the most. */
  batchMax: number
  signal: AbortSignal
  handle(batch: readonly Message[]): Promise<void>
  /** Called whenever the end of the topic is reached, and several times a second while nothing comes. */
  onIdle?(): void | Promise<void>
}

export interface ReadOptions {
  topic: string
  /** A cursor that `read` has given; without one, or with `beginning`, from the first message that is kept. */
  after?: string
  limit: number
}

export interface NewMessage {
  /** Messages of one key go to one partition. Without a key the partition is 0. */
  key: string | null
  /**
   * Text where it is text; bytes where it is not valid UTF-8, so that nothing is changed on the way. Null, with a key,
   * says on a compacted topic that there is nothing under this key any longer; other topics refuse it.
   */
  value: string | Uint8Array | null
  headers?: Record<string, string>
  /** A message whose id is in the topic already is not published again, where the bus can tell. */
  id?: string
}

export interface Message {
  key: string | null
  /** Null where there is none: on a compacted topic the key has gone; elsewhere somebody else's message without a value. */
  value: string | Uint8Array | null
  headers: Record<string, string>
  partition: number
  /** Grows within a partition. */
  offset: number
}

/**
 * What every bus refuses, before anything is published: a message without a value, except under a key of a compacted
 * topic, and one without a key on a compacted topic, which would never go.
 *
 * @throws TypeError
 */
export function assertPublishable(topic: string, messages: readonly NewMessage[]): void {
  const compacted = isCompacted(topic)
  for (const { key, value } of messages) {
    if (compacted && key === null) throw new TypeError(`A message on the compacted topic ${topic} needs a key.`)
    if (typeof value === 'string' || value instanceof Uint8Array || (compacted && value === null)) continue
    throw new TypeError('A message needs a value: text or bytes.')
  }
}

export interface BrowsedMessage extends Message {
  /** What to go on after. It stays good for as long as the messages behind it are kept. */
  cursor: string
}

/** The cursor before all messages, of every bus. */
export const beginning = '0'

export function cursorRefused(): PerennialError {
  const message = 'expected a cursor of this bus'
  return new PerennialError('invalid-request', { message: `cursor: ${message}.`, faults: [{ field: 'cursor', message }] })
}
