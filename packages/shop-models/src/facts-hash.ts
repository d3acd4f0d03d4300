import { createHash } from 'node:crypto'
import type { ShopSnapshot } from './snapshot.ts'

/**
 * SHA-256, in hexadecimal, of all facts of these snapshots in their order, the newest first: one line of JSON per snapshot and per member,
 * fields in an order of their own, so that nothing but what was known counts.
 */
export function hashOfFacts(snapshots: readonly ShopSnapshot[]): string {
  const hash = createHash('sha256')
  for (const [index, { at, members, ended = [] }] of snapshots.entries()) {
    // The last one's say nothing: of no snapshot before it is the outcome asked for.
    const gone = index < snapshots.length - 1 && ended.length > 0 ? [ended] : []
    hash.update(`${JSON.stringify([at, members.length, ...gone])}\n`)
    for (const { memberId, facts, silenceDays, engagement } of members) {
      const { days, firstDay, lastDay, previousDay, firstAt, lastAt, logGaps, purchases, gross, returned, currency } = facts
      const known = [days, firstDay, lastDay, previousDay, firstAt, lastAt, logGaps, purchases, gross, returned, currency]
      hash.update(`${JSON.stringify([memberId, ...known, silenceDays, engagement])}\n`)
    }
  }
  return hash.digest('hex')
}
