import type { Programme } from '@perennial/contracts'
import { dayInYear, localDay, mondayOf, yearOf } from './calendar.ts'
import { addUp, type Fraction, fraction, isBelow, minus, multiplyUp, one, over, plus, round, times, whole, zero } from './fraction.ts'
import { major, sum } from './money.ts'
import { isBackInFull, isOrderBackInFull, type MemberRecord, type RuleUse } from './record.ts'
import type { Line, Moment, Purchase } from './story.ts'

type Rule = Programme['points']['earn'][number]
type Rate = Extract<Rule, { per: string }>
type Multiplier = Extract<Rule, { multiply: string }>
type Flat = Extract<Rule, { add: number; for: 'purchase' }>
type PurchaseRule = Exclude<Rule, { for: 'engagement' }>

/** What a rule may ask about the order or activity. */
interface Situation {
  day: string
  tier: string
  birthday: string | undefined
  channel?: string | undefined
  orderNumber?: number
}

/** A rule that applies, and the lines to which it applies. */
interface Applied<R extends PurchaseRule> {
  rule: R
  lines: readonly Line[]
}

/** Points per line. */
type Award = Map<Line, bigint>

/** What a purchase earns under the version in force, with the tier held just before it; notes the rules it uses. */
export function awardOfPurchase(record: MemberRecord, purchase: Purchase, programme: Programme, tier: string): Award {
  const situation: Situation = {
    day: localDay(purchase.at, programme.timeZone),
    tier,
    birthday: record.birthday,
    channel: purchase.channel,
    orderNumber: 1 + record.orders.filter((order) => !isOrderBackInFull(record, order)).length,
  }
  const rules = programme.points.earn.filter((rule): rule is PurchaseRule => rule.for === 'purchase')
  const applies = (rule: PurchaseRule, line: Line) => meetsSituation(rule.when, situation) && meetsLine(rule.when, line)

  const exclusions = rules.filter((rule) => 'exclude' in rule)
  const left = purchase.lines.filter((line) => !exclusions.some((rule) => applies(rule, line)))
  const paid = major(sum(left.map(({ amount }) => amount)), record.currency)
  if (left.length === 0 || isBelow(paid, fraction(programme.points.minimumOrder))) return new Map()

  const applied = rules.flatMap((rule): Applied<PurchaseRule>[] => {
    const lines = left.filter((line) => applies(rule, line))
    return lines.length > 0 && !isUsedUp(record, rule, situation.day) ? [{ rule, lines }] : []
  })
  for (const { rule, lines } of applied) noteUse(record, rule, situation.day, [...lines])

  const components = componentsOf(left, applied, programme, tier, record.currency)
  const shares = [...components.map((component) => roundedAwards(component, left, programme)), ...applied.filter(isFlat).map(spreadFlat)]
  return new Map(left.map((line) => [line, sum(shares.map((share) => share.get(line) ?? 0n))]))
}

/** What an activity earns. */
export function awardOfEngagement(
  record: MemberRecord,
  at: number,
  { activity }: NonNullable<Moment['engagement']>,
  programme: Programme,
  tier: string,
): bigint {
  const situation: Situation = { day: localDay(at, programme.timeZone), tier, birthday: record.birthday }
  const applied = programme.points.earn.flatMap((rule) => {
    if (rule.for !== 'engagement') return []
    const meets = (rule.when.activity?.includes(activity) ?? true) && meetsSituation(rule.when, situation)
    return meets && !isUsedUp(record, rule, situation.day) ? [rule] : []
  })
  for (const rule of applied) noteUse(record, rule, situation.day, undefined)
  return sum(applied.map(({ add }) => BigInt(add)))
}

function meetsLine({ category, sku }: PurchaseRule['when'], line: Line): boolean {
  return (category?.includes(line.category ?? '') ?? true) && (sku?.includes(line.sku) ?? true)
}

function meetsSituation(when: Rule['when'], { day, tier, birthday, channel, orderNumber = 0 }: Situation): boolean {
  if (when.tier && !when.tier.includes(tier)) return false
  if (when.from !== undefined && day < when.from) return false
  if (when.until !== undefined && day > when.until) return false
  if (when.birthday && !isBirthday(when.birthday, birthday, day)) return false
  if ('channel' in when && when.channel && !when.channel.includes(channel ?? '')) return false
  if ('orderNumber' in when && when.orderNumber !== undefined) {
    const asked = when.orderNumber
    return typeof asked === 'number' ? orderNumber === asked : orderNumber % asked.every === 0
  }
  return true
}

function isBirthday(asked: 'month' | 'day', birthday: string | undefined, day: string): boolean {
  if (birthday === undefined) return false
  return asked === 'month' ? birthday.slice(0, 2) === day.slice(5, 7) : dayInYear(birthday, yearOf(day)) === day
}

function noteUse(record: MemberRecord, rule: Rule, day: string, lines: Line[] | undefined): void {
  if ('cap' in rule && rule.cap) record.uses.push({ rule: rule.name, every: rule.cap.every, day, lines })
}

/** Whether the rule's cap leaves it no use in the period in which the day lies. */
function isUsedUp(record: MemberRecord, rule: Rule, day: string): boolean {
  if (!('cap' in rule) || !rule.cap) return false
  const { times, every } = rule.cap
  const counted = record.uses.filter((use) => {
    const isGivenBack = use.lines?.every((line) => isBackInFull(record, line)) ?? false
    const isOfRule = use.rule === rule.name && use.every === every
    return isOfRule && periodOf(use.day, every) === periodOf(day, every) && !isGivenBack
  })
  return counted.length >= times
}

function periodOf(day: string, every: RuleUse['every']): string {
  switch (every) {
    case 'day':
      return day
    case 'week':
      return mondayOf(day)
    case 'month':
      return day.slice(0, 7)
    case 'year':
      return day.slice(0, 4)
    case 'ever':
      return ''
  }
}

const isRate = (applied: Applied<PurchaseRule>): applied is Applied<Rate> => 'per' in applied.rule
const isMultiplier = (applied: Applied<PurchaseRule>): applied is Applied<Multiplier> => 'multiply' in applied.rule
const isFlat = (applied: Applied<PurchaseRule>): applied is Applied<Flat> => 'add' in applied.rule

/** What is rounded by itself, as an exact amount for each line. */
function componentsOf(
  lines: readonly Line[],
  applied: readonly Applied<PurchaseRule>[],
  programme: Programme,
  tier: string,
  currency: string | null,
): Fraction[][] {
  const rates = applied.filter(isRate)
  const multipliers = applied.filter(isMultiplier)
  const tierFactor = fraction(programme.tiers.levels.find(({ name }) => name === tier)?.multiply ?? '1')
  const { multipliers: combination } = programme.points.combine

  const baseBy = ({ rule, lines }: Applied<Rate>, line: Line) =>
    lines.includes(line) ? times(major(line.amount, currency), pointsPerMajor(rule)) : zero
  const base = (line: Line) => addUp(rates.map((rate) => baseBy(rate, line)))
  /** The tier first; undefined where a rule does not apply to the line. */
  const factors = (line: Line) => [
    tierFactor,
    ...multipliers.map(({ rule, lines }) => (lines.includes(line) ? fraction(rule.multiply) : undefined)),
  ]

  if (programme.points.rounding.per !== 'rule') {
    const factor = (line: Line) =>
      combined(
        factors(line).filter((factor) => factor !== undefined),
        combination,
      )
    return [lines.map((line) => times(base(line), factor(line)))]
  }
  return [
    ...rates.map((rate) => lines.map((line) => baseBy(rate, line))),
    ...[tierFactor, ...multipliers].map((_, index) =>
      lines.map((line) => times(base(line), extraFactor(factors(line), index, combination))),
    ),
  ]
}

export function pointsPerMajor({ points, per }: Rate): Fraction {
  return over(whole(BigInt(points)), fraction(per))
}

type Combination = Programme['points']['combine']['multipliers']

function combined(factors: readonly Fraction[], combination: Combination): Fraction {
  switch (combination) {
    case 'multiply':
      return multiplyUp(factors)
    case 'add': {
      const added = plus(one, addUp(factors.map((factor) => minus(factor, one))))
      return isBelow(added, zero) ? zero : added
    }
    case 'best':
      return factors.reduce((best, factor) => (isBelow(best, factor) ? factor : best))
  }
}

/** What one of the multipliers of a line adds to its base, as a factor. */
function extraFactor(factors: readonly (Fraction | undefined)[], index: number, combination: Combination): Fraction {
  const own = factors[index]
  if (!own) return zero
  const extra = minus(own, one)
  if (combination === 'add') return extra
  const isThere = (factor: Fraction | undefined) => factor !== undefined
  if (combination === 'multiply') return times(multiplyUp(factors.slice(0, index).filter(isThere)), extra)
  const beatsThoseBefore = factors.slice(0, index).every((other) => !other || isBelow(other, own))
  const beatenByNone = factors.every((other) => !other || !isBelow(own, other))
  return beatsThoseBefore && beatenByNone ? extra : zero
}

/** Unless each line is rounded by itself, a line is awarded what it adds to the rounded sum of those before. */
function roundedAwards(exact: readonly Fraction[], lines: readonly Line[], { points: { rounding } }: Programme): Award {
  const upTo = (count: number) => round(addUp(exact.slice(0, count)), rounding.mode)
  const alone = (index: number) => round(exact[index] as Fraction, rounding.mode)
  return new Map(lines.map((line, index) => [line, rounding.per === 'line' ? alone(index) : upTo(index + 1) - upTo(index)]))
}

/** In proportion to what the lines cost, rounded down on the running sum; the last line takes the rest. */
function spreadFlat({ rule, lines }: Applied<Flat>): Award {
  const points = BigInt(rule.add)
  const total = sum(lines.map(({ amount }) => amount))
  const upTo = (count: number) => {
    if (count === lines.length) return points
    return total === 0n ? 0n : (points * sum(lines.slice(0, count).map(({ amount }) => amount))) / total
  }
  return new Map(lines.map((line, index) => [line, upTo(index + 1) - upTo(index)]))
}
