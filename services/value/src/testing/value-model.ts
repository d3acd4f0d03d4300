import type { ValueModel } from '@perennial/domain'

/**
 * A model of 1 January 2025 that tests say the rest of: fifths of the silence at 10, 20, 30 and 40 days, of shopping
 * days at 1, 2, 4 and 8, of net spend at 10, 20, 50 and 100 pounds. Nothing is known of what is to come.
 */
export function measuredBy(changes: Partial<ValueModel> = {}): ValueModel {
  return {
    asOf: Date.parse('2025-01-01T00:00:00Z'),
    silenceDays: [10, 20, 30, 40],
    shoppingDays: [1, 2, 4, 8],
    netSpend: (currency) => (currency === 'GBP' ? [10_00, 20_00, 50_00, 100_00] : null),
    lifetimeValue: () => null,
    ...changes,
  }
}
