import type { EarnRule, Fault, Programme } from '@perennial/contracts'
import { levelFault } from './faults.ts'

type Exclusion = Extract<EarnRule, { exclude: true }>
type Goods = { category?: string[] | undefined; sku?: string[] | undefined }

/** Rules of `earn` that cannot be told apart, never apply, or take away more than there is. */
export function checkEarnRules(programme: Programme): Fault[] {
  return [
    ...checkNumber(programme),
    ...checkNames(programme),
    ...programme.points.earn.flatMap((rule, index) => [
      ...checkTierNames(rule, index, programme),
      ...checkDates(rule, index, programme),
      ...checkReach(rule, index, programme),
    ]),
    ...checkLessThanOne(programme),
  ]
}

const rulesMax = 200
const nameLengthMax = 64

function checkNumber({ points: { earn } }: Programme): Fault[] {
  return earn.length > rulesMax ? [{ field: 'points.earn', message: `expected at most ${rulesMax} rules` }] : []
}

function checkNames({ points: { earn } }: Programme): Fault[] {
  const seen = new Set<string>()
  return earn.flatMap(({ name }, index) => {
    const field = `points.earn[${index}].name`
    if (name.length > nameLengthMax) return [{ field, message: `expected at most ${nameLengthMax} characters` }]
    if (seen.has(name)) return [{ field, message: `a second rule named ${name}` }]
    seen.add(name)
    return []
  })
}

function checkTierNames({ when: { tier = [] } }: EarnRule, index: number, programme: Programme): Fault[] {
  return tier.flatMap((name, place) => {
    const message = levelFault(name, programme)
    return message === undefined ? [] : [{ field: `points.earn[${index}].when.tier${tier.length > 1 ? `[${place}]` : ''}`, message }]
  })
}

function checkDates({ when: { until } }: EarnRule, index: number, { effectiveFrom }: Programme): Fault[] {
  if (until === undefined || until >= effectiveFrom) return []
  return [{ field: `points.earn[${index}].when.until`, message: `before effectiveFrom (${effectiveFrom}): the rule never applies` }]
}

/** Only what is certain without knowing a single order. */
function checkReach(rule: EarnRule, index: number, { points: { earn } }: Programme): Fault[] {
  if (rule.for === 'engagement') return []
  const field = `points.earn[${index}]`
  if ('exclude' in rule) {
    return Object.keys(rule.when).length > 0 ? [] : [{ field, message: 'excludes everything; say in when which categories or goods' }]
  }
  const excluding = earn.find((other): other is Exclusion => 'exclude' in other && excludesAll(other, rule.when))
  if (excluding) return [{ field, message: `never applies: ${excluding.name} excludes all of its goods` }]
  const rates = earn.filter((other) => 'per' in other)
  if ('multiply' in rule && !rates.some((rate) => mayShareGoods(rate.when, rule.when))) {
    return [
      { field, message: `multiplies nothing: no rule with per and points gives points for ${rates.length > 0 ? 'its goods' : 'money'}` },
    ]
  }
  return []
}

/** Whether an exclusion without further conditions names every category, or all goods, that the condition names. */
function excludesAll({ when: { category, sku, ...further } }: Exclusion, goods: Goods): boolean {
  if (Object.keys(further).length > 0) return false
  if (category && !sku) return isPartOf(goods.category, category)
  return sku !== undefined && !category && isPartOf(goods.sku, sku)
}

function isPartOf(words: readonly string[] | undefined, all: readonly string[]): boolean {
  return words?.every((word) => all.includes(word)) ?? false
}

function mayShareGoods(a: Goods, b: Goods): boolean {
  const overlap = (some?: readonly string[], others?: readonly string[]) => !some || !others || some.some((word) => others.includes(word))
  return overlap(a.category, b.category) && overlap(a.sku, b.sku)
}

/** Multipliers that take points away: not where each rule's points are rounded by themselves, nor below nothing. */
function checkLessThanOne({ points, tiers }: Programme): Fault[] {
  const ofRules = points.earn.flatMap((rule, index) =>
    'multiply' in rule && Number(rule.multiply) < 1
      ? [{ field: `points.earn[${index}].multiply`, rule, lacking: lacking(rule.multiply) }]
      : [],
  )
  const ofLevels = tiers.levels.flatMap(({ multiply }, index) =>
    Number(multiply) < 1 ? [{ field: `tiers.levels[${index}].multiply`, lacking: lacking(multiply) }] : [],
  )
  if (points.rounding.per === 'rule') {
    const message = 'expected at least 1: with rounding per rule, every rule adds points'
    return [...ofRules, ...ofLevels].map(({ field }) => ({ field, message }))
  }
  if (points.combine.multipliers !== 'add') return []
  const worstLevel = Math.max(0, ...ofLevels.map((level) => level.lacking))
  // The rules that overlap most in time do so on the first day of one of them.
  const belowNothing = ['', ...points.earn.flatMap(({ when }) => when.from ?? [])].some((day) => {
    const together = ofRules.filter(({ rule: { when } }) => (when.from ?? '') <= day && day <= (when.until ?? '9999'))
    return together.reduce((sum, rule) => sum + rule.lacking, worstLevel) > 1_000_000
  })
  const message = 'multipliers below 1 that apply together could come to less than nothing when they are added'
  return belowNothing ? [{ field: 'points.combine.multipliers', message }] : []
}

/** What a multiplier lacks of 1, in millionths: exact, since it has at most six decimals. */
function lacking(multiply: string): number {
  return Math.round((1 - Number(multiply)) * 1_000_000)
}
