import { formatMoney } from '@perennial/contracts'
import type { Engagement, Order } from '../member/occurrence.ts'
import type { EarnRule } from '../programme/earn-conditions.ts'
import type { Level, Rules } from '../programme/rules.ts'
import type { Award } from './award-points.ts'
import { type AppliedRule, type Earned, type EarnedByActivity, nameOf } from './journal.ts'

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
    combine: points.combine.multipliers,
    lines: order.lines.map(({ line: { sku, lineId, category, amount } }, index) => ({
      sku,
      ...(lineId !== undefined && { lineId }),
      ...(category !== undefined && { category }),
      amount: formatMoney(amount, currency),
      points: award.byLine[index] as number,
      rules: award.rules.onLine(category, sku).rules.map(describe),
    })),
  }
}

export function explainActivity({ data }: Engagement, rules: Rules, award: Award): EarnedByActivity {
  const { programme, version } = rules.programme
  return {
    kind: 'earned-by-activity',
    activity: data.activity,
    ...(data.reference !== undefined && { reference: data.reference }),
    programme: { name: programme, version },
    rules: award.rules.rules.filter((rule) => rule.for === 'engagement').map(describe),
  }
}

function describe(rule: EarnRule): AppliedRule {
  if ('per' in rule) return { rule: rule.name, per: rule.per, points: rule.points }
  if ('multiply' in rule) return { rule: rule.name, multiply: rule.multiply }
  if ('add' in rule) return { rule: rule.name, add: rule.add }
  return { rule: rule.name, exclude: true }
}
