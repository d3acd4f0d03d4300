import type { ChurnModel } from '@perennial/domain'
import { instant } from '../../../../packages/domain/src/testing/given.ts'

/**
 * A model of which everything can be counted by hand: the odds of a purchase are `odds` × shopping days × (1 + engagement)
 * to 1 + silence, so that the risk is 1 + silence to that much more.
 */
export function fakeModel(asOf: string, odds: number, more: Partial<ChurnModel> = {}): ChurnModel {
  return {
    asOf: instant(asOf),
    basis: 'calibrated',
    model: 'mbg-nbd',
    horizonDays: 60,
    chanceOfPurchase({ days }, silenceDays, engagement) {
      const favour = odds * days * (1 + engagement)
      return favour / (favour + 1 + silenceDays)
    },
    contributions: () => [],
    ...more,
  }
}
