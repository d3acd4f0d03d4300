import { expect, test } from '@jest/globals'
import type { Admin } from 'kafkajs'
import { oneAfterTheOther } from './one-after-the-other.ts'
import { topicOpener } from './topics.ts'

test('a client that stumbles while brokers elect leaders is to be asked again', async () => {
  // As seen of the client when a broker had just come back: it takes apart an answer that it did not get.
  const admin = {
    async listTopics() {
      const { topicMetadata } = null as unknown as { topicMetadata: string[] }
      return topicMetadata
    },
  } as unknown as Admin
  const open = topicOpener(admin, oneAfterTheOther(), { prefix: '', partitions: 1, replicationFactor: 1, config: () => ({}) })
  await expect(open('retail-events')).rejects.toMatchObject({ code: 'store-unavailable', where: 'Kafka' })
})
