import { expect, test } from '@jest/globals'
import { PerennialError } from '@perennial/contracts'
import { openKafkaMessageBus } from './kafka-message-bus.ts'

test('where no broker answers, that is what it says, without the password', async () => {
  const heard: unknown[] = []
  const opening = openKafkaMessageBus('kafka://shop:secret@127.0.0.1:1', { retries: 0, log: (...said) => void heard.push(said) })
  const error = await opening.catch((error: unknown) => error)
  expect(error).toBeInstanceOf(PerennialError)
  expect(error).toMatchObject({ code: 'store-unavailable', where: 'Kafka', message: expect.stringContaining('127.0.0.1:1') })
  expect(heard).not.toEqual([])
  expect(JSON.stringify([error, (error as Error).message, (error as Error).stack, heard])).not.toContain('secret')
})
