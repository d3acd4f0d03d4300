import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createDecisions } from '@perennial/decisions'
import { type Engine, openEngine } from '@perennial/engine'
import { publishedProgrammes, publishProgramme } from '@perennial/event-store'
import { createLogger } from '@perennial/runtime'
import { publishAndDrain } from './publish-events.ts'

const now = Date.parse('2025-06-01T12:00:00Z')
let engine: Engine
beforeEach(() => {
  engine = openEngine({ dataDirectory: ':memory:', clock: () => now, logger: createLogger('silent') })
})
afterEach(() => engine.close())

const visit = (subject: string, id: string) => ({
  key: subject,
  value: JSON.stringify({
    specversion: '1.0',
    id,
    source: '/till',
    subject,
    time: '2025-05-01T10:00:00Z',
    type: 'retail.engagement.v1',
    data: { activity: 'visit' },
  }),
})

const publish = (...events: ReturnType<typeof visit>[]) => publishAndDrain(engine, events, events.length, new AbortController().signal)

test('what is told to be new are the events of the shop: no programme, and nothing that follows from a decision', async () => {
  // The log begins with a programme.
  expect(await publish(visit('ann', '1'), visit('bob', '2'))).toMatchObject({ published: 2, appended: 2, refused: 0 })
  expect(await engine.eventStore.countAfter(0)).toBe(3)
  expect(await publish(visit('ann', '1'), visit('ann', '3'), { key: 'ann', value: 'no event' })).toMatchObject({ appended: 1, refused: 1 })
  await createDecisions(engine).decide('bob', 'key', { command: 'merge', into: 'ann', by: 'ben' })
  await engine.drain()
  // Ann adopts what reaches Bob.
  const before = await engine.eventStore.head()
  expect(await publish(visit('bob', '4'))).toMatchObject({ published: 1, appended: 1 })
  expect(await engine.eventStore.countAfter(before)).toBe(2)
})

test('neither is a programme that somebody publishes meanwhile', async () => {
  await publish(visit('ann', '1'))
  async function* events() {
    const [published] = await publishedProgrammes(engine.eventStore)
    if (!published) throw new Error('a log begins with a programme')
    const { programme } = published
    await publishProgramme(engine.eventStore, { ...programme, version: programme.version + 1 }, now)
    yield visit('ann', '2')
  }
  expect(await publishAndDrain(engine, events(), 1, new AbortController().signal)).toMatchObject({ published: 1, appended: 1 })
})
