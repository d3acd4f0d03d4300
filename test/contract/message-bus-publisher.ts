import type { MessageBus } from '@perennial/message-bus'
import { type Opening, openFrom } from './place.ts'

/** A process that publishes messages under keys of its own, a few at a time. */
const { opening, name, topic, count } = JSON.parse(process.argv[2] ?? '{}') as {
  opening: Opening
  name: number
  topic: string
  count: number
}
const bus = await openFrom<MessageBus>(opening)
for (let n = 0; n < count; n += 4) {
  await bus.publish(
    topic,
    [0, 1, 2, 3].map((more) => ({ key: `${name}-${more}`, value: String(n + more) })),
  )
}
await bus.close()
