/**
 * Topics with 64 partitions by message key, and consumer groups that remember how far they have read.
 * Delivery is at least once: a batch that was handled but not yet acknowledged when a process dies comes again.
 */
export interface MessageBus {
  /** Resolves once every message is safe. Messages of one key keep their order. */
  publish(topic: string, messages: readonly NewMessage[]): Promise<void>

  /**
   * Hands batches to `handle`, in order, until `signal` aborts; resolves when the last batch is done.
   * A batch is acknowledged when `handle` has resolved. If it rejects, consumption stops with that error, and the same
   * batch comes again next time.
   */
  consume(options: ConsumeOptions): Promise<void>

  /** Reads a topic without a group, for browsing: up to `limit` messages after an offset. */
  read(options: { topic: string; after: number; limit: number }): Promise<Message[]>

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
  /** Called whenever the end of the topic is reached. */
  onIdle?(): void | Promise<void>
}

export interface NewMessage {
  /** Messages of one key go to one partition. Without a key the partition is 0. */
  key: string | null
  /** Text where it is text; bytes where it is not valid UTF-8, so that nothing is changed on the way. */
  value: string | Uint8Array
  headers?: Record<string, string>
  /** A message whose id is in the topic already is not published again, where the bus can tell. */
  id?: string
}

export interface Message {
  key: string | null
  value: string | Uint8Array
  headers: Record<string, string>
  partition: number
  offset: number
}
