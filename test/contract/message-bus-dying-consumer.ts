import type { MessageBus } from '@perennial/message-bus'
import { type Opening, openFrom } from './place.ts'

/** A process that consumes and is killed when it has handled a batch, before that is acknowledged. */
const { opening, topic, group, batchMax, diesInBatch } = JSON.parse(process.argv[2] ?? '{}') as {
  opening: Opening
  topic: string
  group: string
  batchMax: number
  /** 1 is the first. */
  diesInBatch: number
}
const bus = await openFrom<MessageBus>(opening)
let batches = 0
await bus.consume({
  topic,
  group,
  batchMax,
  signal: new AbortController().signal,
  async handle() {
    if (++batches === diesInBatch) process.kill(process.pid, 'SIGKILL')
  },
})
