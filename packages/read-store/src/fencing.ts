import { PerennialError, partitionOf } from '@perennial/contracts'
import type { Changes, PartitionLease } from './read-store.ts'

/**
 * Whether a commit may be written, for adapters: called in its transaction, with the leases as they stand there.
 * @throws PerennialError `partition-lost`
 */
export function refuseLost(changes: Changes, leases: readonly PartitionLease[]): void {
  // Most stores have one writer, who holds nothing and need not look at every member.
  if (changes.epoch === undefined && leases.length === 0) return
  const byPartition = new Map(leases.map((lease) => [lease.partition, lease]))
  for (const partition of touchedPartitions(changes)) {
    const lease = byPartition.get(partition)
    if (changes.epoch === undefined ? lease?.over === false : lease?.epoch !== changes.epoch) throw lost(partition, lease)
  }
  // Announcements alone touch no partition, and still nothing is written under a lease of which nothing is left.
  if (changes.epoch !== undefined && !leases.some(({ epoch }) => epoch === changes.epoch)) throw lost(undefined, undefined)
}

/** Partitions whose members, checkpoints or sweep marks a commit writes. */
function touchedPartitions({ members, remove = [], checkpoint, park = [], unpark = [], sweep }: Changes): Set<number> {
  const touched = new Set([...(checkpoint?.partitions ?? []), ...(sweep?.partitions ?? [])])
  for (const { memberId } of members) touched.add(partitionOf(memberId))
  for (const { memberId } of park) touched.add(partitionOf(memberId))
  for (const memberId of remove) touched.add(partitionOf(memberId))
  for (const memberId of unpark) touched.add(partitionOf(memberId))
  return touched
}

function lost(partition: number | undefined, lease: PartitionLease | undefined): PerennialError {
  return new PerennialError('partition-lost', {
    ...(partition !== undefined && { where: `partition ${partition}` }),
    ...(lease && { message: `${lease.owner} holds it, under epoch ${lease.epoch}.` }),
  })
}
