import type { Shopping } from './shopping-days.ts'

/** Something with a name that is read off how a member shops. */
export interface Reading<Name> {
  name(shopping: Shopping, at: number): Name
  /** Higher, or the same, as silence lasts, while nothing happens and no rule changes; the name changes only with it. */
  level(shopping: Shopping, at: number): number
}

/**
 * Since when it is what it is at `asOf`: walks through everything that may change it. At one instant time comes first,
 * with the rules that it brings, and then what happened.
 *
 * @param ruleChanges instants, in any order
 */
export function sinceWhen<Name>(
  { name, level }: Reading<Name>,
  shopping: readonly Shopping[],
  ruleChanges: readonly number[],
  asOf: number,
): number {
  let current: { name: Name; since: number } | undefined
  const look = (now: Shopping, at: number) => {
    if (current?.name !== name(now, at)) current = { name: name(now, at), since: at }
  }
  for (const [index, now] of shopping.entries()) {
    look(now, now.at)
    const until = shopping[index + 1]?.at ?? asOf
    const news = [...new Set(ruleChanges)].filter((at) => at > now.at && at <= until).sort((a, b) => a - b)
    for (const [place, from] of [now.at, ...news].entries()) {
      look(now, from)
      const next = news[place]
      for (const at of rises((at) => level(now, at), from, next === undefined ? until : next - 1)) look(now, at)
    }
  }
  return (current as { since: number }).since
}

/** Every instant up to `to` at which something that never falls is higher than a millisecond before. */
function rises(level: (at: number) => number, from: number, to: number): number[] {
  if (level(to) === level(from)) return []
  let below = from
  let reached = to
  while (reached - below > 1) {
    const middle = Math.floor((below + reached) / 2)
    if (level(middle) > level(from)) reached = middle
    else below = middle
  }
  return [reached, ...rises(level, reached, to)]
}
