import { dayMs, noShopping, type ShoppingFacts } from '@perennial/domain'
import { chanceOf, simulateDropout } from '../../../buy-till-you-die/src/testing/simulate.ts'
import type { MemberSnapshot, ShopSnapshot } from '../snapshot.ts'

export const shopAt = Date.parse('2025-01-01T00:00:00Z')
/** What the simulated members were drawn from: days, and pence. */
export const timingTruth = { r: 0.8, alpha: 25, a: 0.6, b: 2.5 }
export const spendTruth = { p: 6, q: 4, gamma: 1_500 }

/** A member of whom a test says what matters; one shopping day a day and a half before, with 10 pounds spent. */
export function member(memberId: string, facts: Partial<ShoppingFacts> = {}, silenceDays = 1.5): MemberSnapshot {
  const lastAt = shopAt - silenceDays * dayMs
  return {
    memberId,
    facts: { ...noShopping().facts, days: 1, firstAt: lastAt, lastAt, purchases: 1, gross: 10_00, currency: 'GBP', ...facts },
    silenceDays,
    engagement: 0,
  }
}

export function shopOf(...members: MemberSnapshot[]): ShopSnapshot {
  return { at: shopAt, members }
}

/** `m0000`, `m0001` and so on. */
export const idOf = (index: number) => `m${String(index).padStart(4, '0')}`

/** Members drawn from MBG/NBD and Gamma-Gamma, watched for up to two years: some came back, some did not. */
export function simulatedMembers(count: number, seed: number, currency = 'GBP'): MemberSnapshot[] {
  const chance = chanceOf(seed)
  return Array.from({ length: count }, (_, index) => {
    const T = 100 + Math.floor(chance.uniform() * 630)
    const { x, tx } = simulateDropout(timingTruth, true, { T, h: 0 }, chance).observation
    const rate = chance.gamma(spendTruth.q, spendTruth.gamma)
    const days = x + 1
    const gross = Math.round(Array.from({ length: days }, () => chance.gamma(spendTruth.p, rate)).reduce((sum, spent) => sum + spent, 0))
    // Shopping days are whole days, at least one apart.
    const lastDay = Math.min(T, Math.max(x, Math.round(tx)))
    return member(`${currency}-${idOf(index)}`, { days, lastDay, gross, currency, purchases: days }, T - lastDay + chance.uniform())
  })
}
