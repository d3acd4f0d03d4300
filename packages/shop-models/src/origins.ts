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
    origins.push(originOf(snapshot, later))
  }
  return origins
}

/**
 * Who has brought everything back by the later snapshot did not buy. Who was merged into somebody else by then is left
 * out: what that person did is the other member's outcome.
 */
export function originOf(snapshot: ShopSnapshot, later: ShopSnapshot): Origin {
  const lastAt = new Map(later.members.map(({ memberId, facts }) => [memberId, facts.lastAt]))
  for (const memberId of later.ended ?? []) lastAt.set(memberId, Number.NEGATIVE_INFINITY)
  const members = snapshot.members.filter(({ memberId }) => lastAt.has(memberId))
  return {
    // The very snapshot where it can be: fits on it are remembered.
    snapshot: members.length === snapshot.members.length ? snapshot : { ...snapshot, members },
    bought: members.map(({ memberId }) => (lastAt.get(memberId) as number) > snapshot.at),
  }
}

/** Some bought and some did not: without both there is nothing to tell apart. */
export function isMixed(bought: readonly boolean[]): boolean {
  return bought.includes(true) && bought.includes(false)
}
