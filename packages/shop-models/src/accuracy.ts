import { areaUnderCurve } from '@perennial/buy-till-you-die'

/**
 * How well chances met what happened. All take two lists of the same length, one entry per member, and sum in their
 * order. None of them is computed of nobody.
 */

export type Accuracy = {
  auc: number
  brier: number
  logLoss: number
}

/** It must have happened to some and not to others: the AUC has no meaning otherwise. */
export function accuracyOf(chances: readonly number[], happened: readonly boolean[]): Accuracy {
  return { auc: areaUnderCurve(chances, happened), brier: brierScore(chances, happened), logLoss: logLoss(chances, happened) }
}

/** The mean squared distance of chances from what happened (1 or 0): Brier (1950), Monthly Weather Review 78(1), 1–3. */
export function brierScore(chances: readonly number[], happened: readonly boolean[]): number {
  return meanOver(chances, (chance, index) => (chance - (happened[index] ? 1 : 0)) ** 2)
}

/** Whoever said 0 or 1 and was wrong pays as if it had been one in a million. */
const clip = 1e-6

/** The mean of −ln of the chance that was given to what happened, chances cut to [10⁻⁶, 1 − 10⁻⁶]. */
export function logLoss(chances: readonly number[], happened: readonly boolean[]): number {
  return meanOver(chances, (chance, index) => {
    const cut = Math.min(1 - clip, Math.max(clip, chance))
    return happened[index] ? -Math.log(cut) : -Math.log1p(-cut)
  })
}

/** A group of members: what was foretold on the mean, and the share that it came to. */
export type Reliability = {
  members: number
  foretold: number
  observed: number
}

/**
 * Members in tenths by what was foretold of them, the smallest first. Members of whom the same was foretold stay
 * together, in the tenth in which the middle of them lies: so a tenth may be larger than another, and one in which
 * nobody is is left out.
 */
export function reliabilityByTenths(foretold: readonly number[], happened: readonly boolean[]): Reliability[] {
  const tenths = new Map<number, number[]>()
  let before = 0
  for (const tied of tiesAscending(foretold)) {
    const tenth = Math.floor((10 * (before + tied.length / 2)) / foretold.length)
    const members = tenths.get(tenth) ?? []
    tenths.set(tenth, members)
    for (const index of tied) members.push(index)
    before += tied.length
  }
  return [...tenths.values()].map((members) => reliabilityOf(members, foretold, happened))
}

/** Of the members with these indices: at least one. */
export function reliabilityOf(members: readonly number[], foretold: readonly number[], happened: readonly boolean[]): Reliability {
  const inOrder = members.toSorted((a, b) => a - b)
  return {
    members: inOrder.length,
    foretold: meanOver(inOrder, (index) => foretold[index] as number),
    observed: meanOver(inOrder, (index) => (happened[index] ? 1 : 0)),
  }
}

/** The mean distance between what was foretold and what happened, each group weighing as much as it has members. */
export function expectedCalibrationError(groups: readonly Reliability[]): number {
  const total = groups.reduce((sum, { members }) => sum + members, 0)
  return groups.reduce((sum, { members, foretold, observed }) => sum + (members / total) * Math.abs(foretold - observed), 0)
}

/**
 * Cumulative gains: the share of all to whom it happened that is found among the highest scores, looking at 0, 1, … 10
 * tenths of the members. Of members with equal scores, each is as likely to be looked at. It must have happened to one.
 */
export function gainsByTenths(scores: readonly number[], happened: readonly boolean[]): number[] {
  const steps = [0]
  let [looked, found] = [0, 0]
  for (const tied of tiesAscending(scores).reverse()) {
    const hits = tied.filter((index) => happened[index]).length
    while (steps.length <= 10 && looked + tied.length >= (steps.length * scores.length) / 10) {
      const part = ((steps.length * scores.length) / 10 - looked) / tied.length
      steps.push(found + part * hits)
    }
    looked += tied.length
    found += hits
  }
  return steps.map((step) => step / found)
}

/** How many times as often it happened among the tenth with the highest scores as among all. */
export function topTenthLift(gains: readonly number[]): number {
  return 10 * (gains[1] as number)
}

/** Indices by score; those with equal scores together. */
function tiesAscending(scores: readonly number[]): number[][] {
  const order = scores.map((_, index) => index).sort((a, b) => (scores[a] as number) - (scores[b] as number) || a - b)
  const ties: number[][] = []
  for (const index of order) {
    const last = ties.at(-1)
    if (last && scores[last[0] as number] === scores[index]) last.push(index)
    else ties.push([index])
  }
  return ties
}

function meanOver<T>(values: readonly T[], of: (value: T, index: number) => number): number {
  let sum = 0
  for (const [index, value] of values.entries()) sum += of(value, index)
  return sum / values.length
}
