import type { ShopSnapshot } from './snapshot.ts'

/** An instant from which one looked ahead, and what came of it. */
export interface Origin {
  readonly snapshot: ShopSnapshot
  /** Of each member of the snapshot: a purchase within the horizon, not brought back in full by its end. */
  readonly bought: readonly boolean[]
}

/** The older ones tell of a shop that was another one. */
export const originsMax = 4
/** As of the fit, the origins, and one to see that members were watched before the oldest of them. */
export const snapshotsMax = originsMax + 2

/**
 * The origins of which the outcome is known, the newest first: at most four, as long as there is a member with a shopping
 * day at the origin before, so that some member was watched for a horizon.
 *
 * @param snapshots newest first, each one horizon before the other
 */
export function originsOf(snapshots: readonly ShopSnapshot[]): Origin[] {
  const origins: Origin[] = []
  for (let index = 1; index <= originsMax; index++) {
    const [later, snapshot, before] = snapshots.slice(index - 1, index + 2)
    if (!later || !snapshot || !before || before.members.length === 0) break
    origins.push({ snapshot, bought: outcomeOf(snapshot, later) })
  }
  return origins
}

/** Who is gone from the later snapshot has brought everything back, and counts as not having bought. */
export function outcomeOf(origin: ShopSnapshot, later: ShopSnapshot): boolean[] {
  const lastAt = new Map(later.members.map(({ memberId, facts }) => [memberId, facts.lastAt]))
  return origin.members.map(({ memberId }) => (lastAt.get(memberId) ?? Number.NEGATIVE_INFINITY) > origin.at)
}

/** Some bought and some did not: without both there is nothing to tell apart. */
export function isMixed(bought: readonly boolean[]): boolean {
  return bought.includes(true) && bought.includes(false)
}
