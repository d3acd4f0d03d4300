import { expect, test } from '@jest/globals'
import { topics } from '@perennial/contracts'
import { type MessageBus, type NewMessage, openSqliteMessageBus } from '@perennial/message-bus'
import { createGroupedPublisher } from './grouped-publisher.ts'

const message = (value: string): NewMessage => ({ key: 'm', value })

/** A real bus that notes how many messages each publication had, and may be told to fail once. */
function watchedBus(): { bus: MessageBus; groups: number[]; failNext(): void } {
  const bus = openSqliteMessageBus(':memory:')
  const groups: number[] = []
  let failing = false
  return {
    groups,
    failNext: () => {
      failing = true
    },
    bus: {
      ...bus,
      async publish(topic, messages) {
        groups.push(messages.length)
        if (failing) {
          failing = false
          throw new Error('disk full')
        }
        await bus.publish(topic, messages)
      },
    },
  }
}

test('what arrives together is published together, in the order in which it arrived', async () => {
  const { bus, groups } = watchedBus()
  const publish = createGroupedPublisher(bus, topics.events, 100)
  await Promise.all(Array.from({ length: 20 }, (_, index) => publish([message(String(index))])))
  expect(groups).toEqual([20])
  const read = await bus.read({ topic: topics.events, limit: 100 })
  expect(read.map(({ value }) => Number(value))).toEqual(Array.from({ length: 20 }, (_, index) => index))
  await publish([message('later')])
  expect(groups).toEqual([20, 1])
  await bus.close()
})

test('a failed publication is told to everyone in it, and to nobody after it', async () => {
  const { bus, failNext } = watchedBus()
  const publish = createGroupedPublisher(bus, topics.events, 100)
  failNext()
  const results = await Promise.allSettled([publish([message('a')]), publish([message('b')])])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await publish([message('c')])
  expect(await bus.read({ topic: topics.events, limit: 10 })).toMatchObject([{ value: 'c' }])
  await bus.close()
})

test('what would wait behind too much is turned away', async () => {
  const { bus } = watchedBus()
  const publish = createGroupedPublisher(bus, topics.events, 2)
  const first = publish([message('a'), message('b'), message('c')])
  await expect(publish([message('d')])).rejects.toMatchObject({ code: 'overloaded' })
  await first
  await publish([message('d')])
  await bus.close()
})
