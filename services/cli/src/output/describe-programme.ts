import type { Programme } from '@perennial/contracts'
import { ahpWeights } from '@perennial/domain'
import pc from 'picocolors'
import { describeEarnRule, ordinal, points } from './describe-earn-rule.ts'

/** What a member gets under a programme, in words for people who will not read YAML. */
export function describeProgramme(programme: Programme): string {
  const { currency, timeZone } = programme
  return [
    `${pc.bold(programme.programme)}, version ${programme.version}, from ${programme.effectiveFrom} on (${timeZone}${currency ? `, ${currency}` : ''})`,
    section('Earning points', describeEarning(programme)),
    section('Spending points', describeSpending(programme)),
    section('Expiry', describeExpiry(programme)),
    section('Returns', describeReturns(programme)),
    section(`Tiers, by ${metrics[programme.tiers.metric]} ${describeWindow(programme.tiers.window)}`, describeTiers(programme)),
    section("Lifecycle, by the member's own rhythm", describeStages(programme)),
    section('Churn risk', describeRisk(programme)),
    section('Value', describeValue(programme)),
  ].join('\n\n')
}

function section(title: string, lines: readonly string[]): string {
  return [pc.bold(title), ...lines.map((line) => `  ${line}`)].join('\n')
}

function describeEarning({ points: { earn, combine, minimumOrder, rounding }, tiers }: Programme): string[] {
  const multipliers = earn.filter((rule) => 'multiply' in rule).length + Number(tiers.levels.some(({ multiply }) => multiply !== '1'))
  return [
    ...earn.map(describeEarnRule),
    ...(multipliers > 1 ? [combined[combine.multipliers]] : []),
    ...(Number(minimumOrder) > 0 ? [`orders below ${minimumOrder} earn nothing`] : []),
    `${roundedHow[rounding.mode]} ${roundedPer[rounding.per]}`,
  ]
}

const combined = {
  multiply: 'multipliers that meet are multiplied with each other, that of the tier among them',
  add: 'of multipliers that meet the extras are added up: × 2 and × 1.5 are × 2.5; that of the tier is among them',
  best: 'of multipliers that meet only the best counts, that of the tier among them',
} as const

const roundedHow = {
  floor: 'fractions of a point are dropped',
  'half-up': 'fractions are rounded to the nearest point, halves up,',
  'half-even': 'fractions are rounded to the nearest point, halves to even,',
  ceil: 'fractions count as a whole point',
} as const

const roundedPer = { order: 'once per order', line: 'on every line of an order', rule: 'for every rule by itself' } as const

function describeSpending({ points: { pending, redeem, adjust } }: Programme): string[] {
  const { block, worth, maxShareOfOrder, perDay, holdFor } = redeem
  return [
    isNothing(pending) ? 'points can be spent at once' : `points can be spent ${duration(pending)} after they were earned`,
    block === 1 ? `each point pays ${worth}` : `each ${points(block)} pay ${worth}; points are spent in such blocks`,
    maxShareOfOrder === '100%'
      ? 'an order can be paid with points in full'
      : `up to ${maxShareOfOrder} of an order can be paid with points`,
    ...(perDay === undefined ? [] : [`at most ${points(perDay)} a day`]),
    `points set aside for an order are free again after ${duration(holdFor)}, if it was not paid by then`,
    `whoever gives or takes more than ${points(adjust.approvalAbove)} by hand needs a second person`,
  ]
}

function describeExpiry({ points: { expiry, warnBefore } }: Programme): string[] {
  if (expiry === 'never') return ['points never expire']
  return [
    expiryOf(expiry),
    ...(warnBefore.some((period) => !isNothing(period)) ? [`announced ${inWords(warnBefore.map(duration))} before`] : []),
  ]
}

function expiryOf(expiry: Exclude<Programme['points']['expiry'], 'never'>): string {
  if ('on' in expiry) {
    const years = ['of the same year', 'of the next year'][expiry.yearsLater] ?? `of the ${ordinal(expiry.yearsLater)} year after`
    return `points expire at the end of ${dayOfYear(expiry.on)} ${years}`
  }
  const end = expiry.at === 'end-of-month' ? ', at the end of that month' : ', at the end of that day'
  return 'after' in expiry
    ? `points expire ${duration(expiry.after)} after they were earned${end}`
    : `all points expire after ${duration(expiry.inactivity)} without any activity${end}`
}

function describeReturns({ points: { returns } }: Programme): string[] {
  return [
    'a return takes back what its goods had earned, and gives back the points that had paid for them',
    unmatched[returns.unmatched],
    returns.debt === 'carry'
      ? 'points that were spent by then are owed, and paid off by the next points'
      : 'points that were spent by then are forgiven',
    isNothing(returns.reinstateExpired)
      ? 'points that come back after they expired are lost'
      : `points that come back within ${duration(returns.reinstateExpired)} of their expiry can be spent until then; later they are lost`,
  ]
}

const unmatched = {
  'fifo-by-sku': 'without an order number, goods are those that the member bought first; goods never bought take no points',
  'base-rate': 'without an order number, goods are those that the member bought first; goods never bought take points at the plain rate',
  none: 'without an order number, a return moves no points',
} as const

const metrics = { spend: 'net spend', points: 'points earned', purchases: 'orders' } as const

function describeWindow(window: Programme['tiers']['window']): string {
  if ('rolling' in window) return `in the last ${duration(window.rolling)}`
  if ('calendar' in window) return 'in the calendar year'
  return 'anniversary' in window ? "in the member's own year, from the day of joining" : 'of all time'
}

function describeTiers({ tiers }: Programme): string[] {
  const { metric, levels, upgrade, keepUntil, downgrade, onReturn } = tiers
  const unit = metric === 'spend' ? '' : ` ${metric === 'points' ? 'points' : 'orders'}`
  const lines = levels.map(({ name, from, multiply, benefits }, index) => {
    const gets = [...(multiply === '1' ? [] : [`points × ${multiply}`]), ...benefits]
    return `${name}${index === 0 ? ': everyone' : ` from ${from}${unit}`}${gets.length > 0 ? `${index === 0 ? ';' : ':'} ${gets.join(', ')}` : ''}`
  })
  if (levels.length === 1) return lines
  return [
    ...lines,
    upgrade === 'immediately' ? 'members rise at once' : `members rise ${whenLookedAt(tiers.window)}`,
    describeKeeping(keepUntil),
    ...(isNothing(downgrade.grace) ? [] : [`a tier that would be lost stays for ${duration(downgrade.grace)} more, to be earned again`]),
    downgrade.to === 'one-down' ? 'members fall one tier at a time' : 'members fall to the tier that they have earned',
    ...(isNothing(downgrade.warnBefore) ? [] : [`announced ${duration(downgrade.warnBefore)} before a tier ends`]),
    onReturn === 'recalculate' ? 'a return may cost a tier at once' : `a return may cost a tier, but only ${whenLookedAt(tiers.window)}`,
  ]
}

function describeKeeping(keepUntil: Programme['tiers']['keepUntil']): string {
  if (keepUntil === undefined) return 'a tier lasts as long as it is earned'
  return keepUntil === 'end-of-next-year'
    ? 'a tier lasts until the end of the year after it was reached'
    : `a tier lasts ${duration(keepUntil)} from when it was reached`
}

function whenLookedAt(window: Programme['tiers']['window']): string {
  if ('calendar' in window) return 'on 1 January'
  return 'anniversary' in window ? 'on the anniversary of joining' : 'on the first of each month'
}

function describeStages({ lifecycle }: Programme): string[] {
  const { rhythm, growingFrom, loyalFrom, atRiskAfter, lapsedAfter, lostAfter, hysteresis, wonBackFor, actions } = lifecycle
  return [
    `growing from ${growingFrom} shopping days, loyal from ${loyalFrom}; at risk, lapsed, lost after ${atRiskAfter}, ${lapsedAfter}, ${lostAfter} rhythms of silence`,
    ...(hysteresis === 0 ? [] : [`who has just come back from being at risk is at risk again only after ${percentOf(hysteresis)} more`]),
    `who buys again after lapsing counts as won back for ${wonBackFor === 1 ? 'that day' : `${wonBackFor} shopping days`}`,
    `a rhythm is drawn towards that of the shop, and towards ${duration(rhythm.prior)} until that is measured; it stays between ${duration(rhythm.shortest)} and ${duration(rhythm.longest)}`,
    ...Object.entries(actions).map(([stage, action]) => `action on ${stage}: ${action}`),
  ]
}

function describeRisk({ churnRisk }: Programme): string[] {
  const { horizon, mediumFrom, highFrom, criticalFrom, evenAt, refit } = churnRisk
  return [
    `risk is the chance that nothing is bought within ${duration(horizon)}: medium from ${percentOf(mediumFrom)}, high from ${percentOf(highFrom)}, critical from ${percentOf(criticalFrom)}`,
    `models are learnt anew every ${duration(refit)}; without one, it is even after ${evenAt} rhythms of silence whether a member is gone`,
  ]
}

function describeValue(programme: Programme): string[] {
  const { horizon, discountRate, margin } = programme.value
  const { recency, frequency, monetary } = ahpWeights(programme.value.judgements)
  const share = (weight: number) => percentOf(weight, 1)
  return [
    `recency counts ${share(recency)}, frequency ${share(frequency)}, money ${share(monetary)}`,
    `lifetime value looks ${duration(horizon)} ahead, discounted by ${discountRate} a year${margin === '100%' ? '' : `, of which the shop keeps ${margin}`}`,
  ]
}

function percentOf(share: number, digits = 0): string {
  return `${Number((100 * share).toFixed(Math.max(digits, Number.isInteger(100 * share) ? 0 : 1)))} %`
}

const units = { Y: 'year', M: 'month', W: 'week', D: 'day', H: 'hour' } as const

/** `P14D` is "14 days", `P1Y6M` is "1 year and 6 months", `PT30M` is "30 minutes". */
function duration(period: string): string {
  const [days = '', hours = ''] = period.split('T')
  const parts = [days, hours].flatMap((part, ofDay) =>
    [...part.matchAll(/(\d+)([YMWDH])/g)].map(([, number, unit]) => {
      const name = ofDay === 1 && unit === 'M' ? 'minute' : units[unit as keyof typeof units]
      return `${number} ${name}${number === '1' ? '' : 's'}`
    }),
  )
  return parts.join(' and ')
}

function isNothing(period: string): boolean {
  return !/[1-9]/.test(period)
}

function inWords(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

const months = 'January February March April May June July August September October November December'.split(' ')

/** `12-31` is "31 December". */
function dayOfYear(day: string): string {
  return `${Number(day.slice(3))} ${months[Number(day.slice(0, 2)) - 1]}`
}
