import { expect, test } from '@jest/globals'
import { PerennialError } from '@perennial/contracts'
import { type MessageBus, openSqliteMessageBus } from '@perennial/message-bus'
import { busWhenAsked } from './bus-when-asked.ts'

test('a bus is connected to when somebody asks it for something, once, and tried again where it did not answer', async () => {
  let opened = 0
  let isAway = true
  const bus = busWhenAsked(async () => {
    opened++
    if (isAway) throw new PerennialError('store-unavailable')
    return openSqliteMessageBus(':memory:')
  })
  expect(opened).toBe(0)
  await expect(bus.publish('events', [{ key: 'ann', value: '{}' }])).rejects.toMatchObject({ code: 'store-unavailable' })
  isAway = false
  await Promise.all([bus.publish('events', [{ key: 'ann', value: '{}' }]), bus.lag('events', 'ingest')])
  expect(await bus.read({ topic: 'events', limit: 10 })).toMatchObject([{ key: 'ann' }])
  expect(opened).toBe(2)
  await bus.close()
})

test('closing does not wait for a bus that does not answer; one that answers later is closed then', async () => {
  const { promise: answer, resolve } = Promise.withResolvers<MessageBus>()
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>()
  const bus = busWhenAsked(() => answer)
  const asked = bus.lag('events', 'ingest').catch(() => {})
  await bus.close()
  const late = openSqliteMessageBus(':memory:')
  resolve({
    ...late,
    async close() {
      await late.close()
      onClosed()
    },
  })
  await closed
  await asked
})
