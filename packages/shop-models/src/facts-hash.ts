import { createHash } from 'node:crypto'
import type { ShopSnapshot } from './snapshot.ts'

/**
 * SHA-256, in hexadecimal, of all facts of these snapshots in their order: one line of JSON per snapshot and per member,
 * fields in an order of their own, so that nothing but what was known counts.
 */
export function hashOfFacts(snapshots: readonly ShopSnapshot[]): string {
  const hash = createHash('sha256')
  for (const { at, members } of snapshots) {
    hash.update(`${JSON.stringify([at, members.length])}\n`)
    for (const { memberId, facts, silenceDays, engagement } of members) {
      const { days, firstDay, lastDay, previousDay, firstAt, lastAt, logGaps, purchases, gross, returned, currency } = facts
      const known = [days, firstDay, lastDay, previousDay, firstAt, lastAt, logGaps, purchases, gross, returned, currency]
      hash.update(`${JSON.stringify([memberId, ...known, silenceDays, engagement])}\n`)
    }
  }
  return hash.digest('hex')
}
