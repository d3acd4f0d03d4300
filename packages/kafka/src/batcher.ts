import type { Message } from '@perennial/message-bus'
import type { EachBatchPayload } from 'kafkajs'

/** What one fetch has brought for one partition. */
export interface PartitionBatch {
  partition: number
  messages: readonly Message[]
  /** What to acknowledge once all of it is handled: behind the last message, and behind what follows that is not for us. */
  end: string
  payload: Pick<EachBatchPayload, 'heartbeat' | 'resolveOffset' | 'commitOffsetsIfNecessary' | 'isRunning' | 'isStale'>
}

export interface Batcher {
  /** Resolves when the batch is handled and acknowledged, or left for later; rejects with the client's own errors. */
  offer(batch: PartitionBatch): Promise<void>
  busy(): boolean
  /** Resolves when what has begun to be handled is, whatever came of it; its acknowledgement may still be under way. */
  handled(): Promise<void>
}

export interface BatcherOptions {
  /** As the brokers know it. */
  topic: string
  batchMax: number
  /** A sign of life this often while a batch is handled. */
  heartbeatMs: number
  handle(messages: readonly Message[]): Promise<void>
  /** Hears why `handle` rejected. Nothing is handled any more after that. */
  onFailure(error: unknown): void
  /** Nothing more shall be handled. */
  isOver(): boolean
}

interface Waiting extends PartitionBatch {
  done: number
  resolve(): void
  reject(error: unknown): void
}

interface Taken {
  batch: Waiting
  messages: readonly Message[]
  /** Offset to go on at. */
  next: string
  finished: boolean
}

/**
 * The client hands over the messages of each partition by themselves. With 64 partitions that would be up to 64 small
 * transactions and as many acknowledgements where one does: this takes what waits of all of them, up to `batchMax`
 * messages, hands it on, and acknowledges it with one request. Messages of a partition keep their order, and what is
 * acknowledged of it is always its beginning.
 */
export function createBatcher(options: BatcherOptions): Batcher {
  const { topic, batchMax, handle, onFailure, isOver, heartbeatMs } = options
  const waiting: Waiting[] = []
  let working = false
  let handling: Promise<void> = Promise.resolve()

  async function work(): Promise<void> {
    // What one fetch brought is offered batch by batch: let all of them come.
    await new Promise(setImmediate)
    try {
      while (waiting[0] && mayGoOn(waiting[0])) await next(waiting[0])
      for (const left of waiting.splice(0)) left.resolve()
    } catch (error) {
      // A broker did not answer, or partitions are shared out anew: the client gets the same messages again.
      for (const left of waiting.splice(0)) left.reject(error)
    }
    working = false
  }

  function mayGoOn({ payload }: Waiting): boolean {
    return !isOver() && payload.isRunning() && !payload.isStale()
  }

  async function next({ payload }: Waiting): Promise<void> {
    await payload.heartbeat()
    const taken = take(waiting, batchMax)
    const beating = setInterval(() => {
      // What is wrong comes to light at the next chunk.
      payload.heartbeat().catch(() => {})
    }, heartbeatMs)
    try {
      handling = handle(taken.flatMap(({ messages }) => messages))
      await handling
    } catch (error) {
      onFailure(error)
      return
    } finally {
      clearInterval(beating)
    }
    const partitions = taken.map(({ batch: { partition }, next }) => ({ partition, offset: next }))
    await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions }] })
    for (const { batch, messages, finished } of taken) {
      batch.payload.resolveOffset(String(messages.at(-1)?.offset))
      if (!finished) continue
      waiting.splice(waiting.indexOf(batch), 1)
      batch.resolve()
    }
  }

  return {
    offer: (batch) =>
      new Promise((resolve, reject) => {
        waiting.push({ ...batch, done: 0, resolve, reject })
        if (working) return
        working = true
        void work()
      }),
    busy: () => working,
    handled: () => handling.catch(() => {}),
  }
}

/** The next messages of what waits, partition by partition. */
function take(waiting: readonly Waiting[], batchMax: number): Taken[] {
  const taken: Taken[] = []
  let room = batchMax
  for (const batch of waiting) {
    if (room === 0) break
    const messages = batch.messages.slice(batch.done, batch.done + room)
    batch.done += messages.length
    room -= messages.length
    const finished = batch.done === batch.messages.length
    taken.push({ batch, messages, finished, next: finished ? batch.end : String((messages.at(-1)?.offset ?? 0) + 1) })
  }
  return taken
}
