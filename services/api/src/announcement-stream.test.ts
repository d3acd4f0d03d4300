import { expect, test } from '@jest/globals'
import { topics } from '@perennial/contracts'
import { beginning, type MessageBus, openSqliteMessageBus } from '@perennial/message-bus'
import { announcementStream } from './announcement-stream.ts'
import { toCursor } from './cursor.ts'
import { announcementExamples } from './openapi/examples.ts'

const tierChanged = announcementExamples['perennial.tier.changed.v1']

async function busWith(count: number): Promise<MessageBus> {
  const bus = openSqliteMessageBus(':memory:')
  await bus.publish(
    topics.announcements,
    Array.from({ length: count }, (_, index) => ({ key: 'm', value: JSON.stringify({ ...tierChanged, id: `a-${index}` }) })),
  )
  return bus
}

test('a client that does not read costs no more than one page', async () => {
  const bus = await busWith(1_000)
  let read = 0
  const counting: MessageBus = {
    ...bus,
    async read(options) {
      const messages = await bus.read(options)
      read += messages.length
      return messages
    },
  }
  const stop = new AbortController()
  const stream = announcementStream({ bus: counting, after: beginning, type: undefined, signal: stop.signal })
  await stream.next()
  await stream.next()
  expect(read).toBe(100)
  stop.abort()
  await stream.return(undefined)
  await bus.close()
})

test('a quiet stream beats, and moves the client on past what it did not ask for', async () => {
  const bus = await busWith(7)
  const stop = new AbortController()
  const type = 'perennial.points.expiring.v1'
  const stream = announcementStream({ bus, after: beginning, type, signal: stop.signal, pollMs: 1, heartbeatMs: 5 })
  await stream.next()
  expect((await stream.next()).value).toBe(`: still here\nid: ${toCursor('offset', '7')}\n\n`)
  stop.abort()
  expect((await stream.next()).done).toBe(true)
  await bus.close()
})

test('messages of others on the topic are passed over', async () => {
  const bus = await busWith(1)
  await bus.publish(topics.announcements, [
    { key: null, value: 'hello' },
    { key: null, value: new Uint8Array([0xff]) },
  ])
  const stop = new AbortController()
  const stream = announcementStream({ bus, after: beginning, type: undefined, signal: stop.signal, pollMs: 1, heartbeatMs: 5 })
  await stream.next()
  expect((await stream.next()).value).toContain('"a-0"')
  expect((await stream.next()).value).toContain(toCursor('offset', '3'))
  stop.abort()
  await stream.return(undefined)
  await bus.close()
})
