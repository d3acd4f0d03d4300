import { formatMoney } from '@perennial/contracts'
import type { Order } from '../member/occurrence.ts'
import type { Level, Rules } from '../programme/rules.ts'
import type { Award } from './award-points.ts'
import { type AppliedRule, type Earned, nameOf } from './journal.ts'

/** Which rules made an order's award, for people: `awardPoints` has them multiplied into one rate already. */
export function explainAward(order: Order, rules: Rules, level: Level, award: Award): Earned {
  const { programme, version, points, tiers } = rules.programme
  const { currency } = order.data
  // By index, as rates are: a member without history may hold the level of an earlier version.
  const { name, multiply } = tiers.levels[level.index] ?? level
  return {
    kind: 'earned',
    order: nameOf(order),
    currency,
    programme: { name: programme, version },
    tier: { level: name, multiply: String(multiply) },
    rounding: { ...points.rounding },
    lines: order.lines.map(({ line: { sku, lineId, category, amount } }, index) => ({
      sku,
      ...(lineId !== undefined && { lineId }),
      ...(category !== undefined && { category }),
      amount: formatMoney(amount, currency),
      points: award.byLine[index] as number,
      rules: appliedRules(rules, category),
    })),
  }
}

function appliedRules(rules: Rules, category: string | undefined): AppliedRule[] {
  const applied: AppliedRule[] = []
  for (const rule of rules.programme.points.earn) {
    if ('per' in rule) applied.push({ rule: rule.name, per: rule.per, points: rule.points })
    else if (category !== undefined && rule.when.category.includes(category)) applied.push({ rule: rule.name, multiply: rule.multiply })
  }
  return applied
}
