import type { Admin } from 'kafkajs'

/** Messages that a group has not acknowledged, of all partitions of a topic or of some. Names are those of the brokers. */
export async function lagOf(admin: Admin, topic: string, group: string, partitions?: ReadonlySet<number>): Promise<number> {
  const [ends, [fetched]] = await Promise.all([admin.fetchTopicOffsets(topic), admin.fetchOffsets({ groupId: group, topics: [topic] })])
  const acknowledged = new Map(fetched?.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
  let lag = 0
  for (const { partition, low, high } of ends) {
    if (partitions && !partitions.has(partition)) continue
    // Nothing acknowledged is -1; and what was acknowledged may have gone since.
    lag += Math.max(0, Number(high) - Math.max(Number(low), acknowledged.get(partition) ?? -1))
  }
  return lag
}
