import { dayMs } from '@perennial/domain'
import { type Chance, chanceOf } from '../../../buy-till-you-die/src/testing/simulate.ts'
import type { ChurnFitOptions } from '../churn-fit-options.ts'
import { type ShopMember, snapshotsBack } from './shop-history.ts'

/** MBG/NBD in days: how the members of the simulated shop buy. */
export const truth = { r: 0.9, alpha: 35, a: 0.7, b: 2.2 }

const opened = Date.parse('2023-01-01T12:00:00Z')
const simulatedDays = 1_080
/** The shop opens every so many days, so that many members are alike and a fit is quick. */
const opensEveryDays = 5
/** Members join in the first two years. */
const joinDays = 720

/** When tests look at it, with a horizon of history behind every origin. */
export const asOf = opened + 900 * dayMs

/** A programme that says nothing of churn risk. Pareto/NBD is left out where nothing depends on it: it takes longest. */
export const options: ChurnFitOptions = {
  horizonDays: 90,
  bands: { mediumFrom: 0.25, highFrom: 0.6, criticalFrom: 0.8 },
  ownRhythm: { priorDays: 60, weight: 2, shortestDays: 1, longestDays: 365, evenAt: 2 },
  models: ['nbd', 'bg-nbd', 'mbg-nbd'],
}

export interface SimulatedShop {
  members?: number
  seed?: number
  /** Without it, nobody ever leaves. */
  dropout?: boolean
  /** Purchases are each k-th of events that come at random: the larger, the more even the gaps. */
  regularity?: number
  /** Who stays longer spends more, which no buy-till-you-die model can see. */
  spendTells?: boolean
}

/** Members who join, buy at random at a rate of their own, and drop out after some purchase. */
export function simulatedShop({
  members = 700,
  seed = 1,
  dropout = true,
  regularity = 1,
  spendTells = false,
}: SimulatedShop = {}): ShopMember[] {
  const chance = chanceOf(seed)
  return Array.from({ length: members }, (_, index) => {
    const joined = opensEveryDays * Math.floor((chance.uniform() * joinDays) / opensEveryDays)
    const p = dropout ? chance.beta(truth.a, truth.b) : 0
    const usualAmount = spendTells ? 20_000 * Math.exp(-6 * p) : 4_000
    return {
      memberId: `m-${String(index).padStart(5, '0')}`,
      currency: 'GBP',
      purchases: purchaseDays(joined, p, regularity, chance).map((day) => ({
        at: opened + day * dayMs,
        day,
        amount: Math.ceil(chance.gamma(4, 4 / usualAmount)),
      })),
      returns: [],
    }
  })
}

function purchaseDays(joined: number, p: number, regularity: number, chance: Chance): number[] {
  const rate = regularity * chance.gamma(truth.r, truth.alpha)
  const days = [joined]
  for (let time = joined; chance.uniform() >= p; ) {
    for (let event = 0; event < regularity; event++) time += chance.exponential(rate)
    if (time > simulatedDays) break
    const day = opensEveryDays * Math.ceil(time / opensEveryDays)
    if (day !== days.at(-1)) days.push(day)
  }
  return days
}

/** As of `asOf`, newest first. */
export function snapshotsOf(members: readonly ShopMember[], count?: number) {
  return snapshotsBack(members, asOf, options.horizonDays, count)
}

/**
 * The world turned round in the horizon before each of these instants: whoever had been silent for a hundred days buys
 * within a month of it, and the others wait until it is over.
 */
export function withComebacks({ purchases, ...member }: ShopMember, ...instants: readonly number[]): ShopMember {
  let changed = [...purchases]
  for (const instant of instants) {
    const start = instant - options.horizonDays * dayMs
    const last = changed.findLast(({ at }) => at <= start)
    if (!last) continue
    changed = changed.filter(({ at }) => at <= start || at > instant)
    if (start - last.at < 100 * dayMs) continue
    const at = start + 30 * dayMs
    changed.push({ at, day: Math.round((at - opened) / dayMs), amount: 1_000 })
    changed.sort((a, b) => a.at - b.at)
  }
  return { ...member, purchases: changed }
}
