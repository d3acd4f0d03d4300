import { type EventStore, memberStream, type NewEvent } from '@perennial/event-store'
import { type Opening, openFrom } from './place.ts'

/** A process that appends facts beside another one that does the same, some of them the same facts. */
const { opening, name, perWriter } = JSON.parse(process.argv[2] ?? '{}') as { opening: Opening; name: number; perWriter: number }
const store = await openFrom<EventStore>(opening)

const event = (stream: string, source: string, id: string): NewEvent => ({
  stream,
  type: 'EngagementRecorded',
  version: 1,
  source,
  id,
  occurredAt: 1,
  recordedAt: 2,
  data: '{"activity":"visit"}',
  metadata: null,
})

for (let n = 0; n < perWriter; n += 10) {
  const batch: NewEvent[] = []
  for (let id = n; id < n + 10; id++) {
    batch.push(event(memberStream('shared'), `/writer/${name}`, String(id)))
    batch.push(event(memberStream(`m${id % 13}`), '/both', String(id)))
  }
  await store.append(batch)
}
await store.close()
