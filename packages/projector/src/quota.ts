import { partitionCount } from '@perennial/contracts'
import type { PartitionLease } from '@perennial/read-store'

/**
 * How many partitions each of several owners should hold, by their order, and where in the ring of partitions each
 * begins to look for them. Everybody reckons it alone from the list of names, and all come to the same.
 */
export interface Quota {
  count: number
  /** Owners that look for free partitions at the same moment look in different places. */
  start: number
}

/** @param owners in byte order; who is not among them has no share */
export function quotaOf(owners: readonly string[], owner: string): Quota {
  const index = owners.indexOf(owner)
  if (index === -1) return { count: 0, start: 0 }
  const each = Math.floor(partitionCount / owners.length)
  const rest = partitionCount % owners.length
  return { count: each + (index < rest ? 1 : 0), start: index * each + Math.min(index, rest) }
}

/** What an owner should do next, by what the store says of everybody. */
export interface SharePlan {
  /** To hold on to. */
  keep: number[]
  /** To give back: more than its share. */
  give: number[]
  /** To take: nobody's, or of somebody who is not there any longer. Whether their time is over, the store decides. */
  take: number[]
}

/**
 * Nobody takes from the living: who has less than its share waits until those who have more give it back. What one
 * holds it keeps, as far as its share goes, so that a third owner moves as few partitions as possible.
 */
export function planShare(owner: string, owners: readonly string[], leases: readonly PartitionLease[]): SharePlan {
  const { count, start } = quotaOf(owners, owner)
  const holders = new Map(leases.map(({ partition, owner }) => [partition, owner]))
  const ring = Array.from({ length: partitionCount }, (_, step) => (start + step) % partitionCount)
  const held = ring.filter((partition) => holders.get(partition) === owner)
  const keep = held.slice(0, count)
  const living = new Set(owners)
  const free = ring.filter((partition) => !living.has(holders.get(partition) ?? ''))
  return { keep, give: held.slice(count), take: free.slice(0, count - keep.length) }
}
