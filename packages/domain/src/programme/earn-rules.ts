import type { Programme } from '@perennial/contracts'
import { exact, type Fraction, fractionOf, nothing, one, plus, times } from '../money/exact.ts'
import type { Calendar } from '../time/calendar.ts'
import { combinations, commonDenominator } from './combine-multipliers.ts'
import { appliesToLine, type EarnRule, lineKeys, orderConditionOf, type Situation } from './earn-conditions.ts'
import type { Level } from './level.ts'

/** The earn rules of a programme version, in minor units of one currency. */
export interface EarnRules {
  /** Lowest amount, after exclusions, of an order that earns. */
  readonly minimumOrder: number
  /** The rules that apply to an order, or to an activity, as a whole; conditions of its lines are still open. */
  applying(situation: Situation, level: Level): ApplyingRules
  /** Points per minor unit by the rules without conditions: what goods of unknown purchase take back. */
  readonly baseRate: Fraction
  /**
   * Works out the rates of all rules that may apply together on some day, for every level.
   * @throws PerennialError `sum-too-large` where they are too fine to be exact
   */
  tryAll(): void
}

/** The rules that apply to some orders alike, ready to be asked line by line. */
export interface ApplyingRules {
  readonly rules: readonly EarnRule[]
  /** Whether one of them has a cap, so that its use must be counted. */
  readonly capped: boolean
  /** Whether one of them gives flat points. */
  readonly flat: boolean
  onLine(category: string | undefined, sku: string): LineRates
}

/** What a line earns per minor unit, as whole numbers over one denominator. */
export interface LineRates {
  excluded: boolean
  denominator: number
  /** Base times factor. */
  rate: number
  /** Where each rule is rounded by itself: the base of each rate rule, then the extras of the tier and of each multiplier. */
  parts: readonly number[]
  /** Those that apply to the line. */
  rules: readonly EarnRule[]
}

export function compileEarnRules(
  programme: Programme,
  calendar: Calendar,
  levels: readonly Level[],
  inMinor: (amount: string) => Fraction,
): EarnRules {
  const { earn, minimumOrder } = programme.points
  const always = new Set<EarnRule>()
  const conditional: { rule: EarnRule; holds: (situation: Situation) => boolean }[] = []
  for (const rule of earn) {
    const holds = orderConditionOf(rule, calendar)
    if (holds) conditional.push({ rule, holds })
    else always.add(rule)
  }
  const ready = levels.map(() => new Map<string, ApplyingRules>())
  const keyOf = lineKeys(earn)
  const minimum = inMinor(minimumOrder)

  function tryAll(): void {
    const firstDays = ['', ...earn.flatMap(({ when }) => when.from ?? [])]
    for (const day of firstDays) {
      const together = earn.filter(({ when: { from = '', until = '9999' } }) => from <= day && day <= until)
      for (const level of levels) {
        const applying = compileApplying(together, programme, level, inMinor, keyOf)
        for (const [category, sku] of linesNamed(together)) applying.onLine(category, sku)
      }
    }
  }

  return {
    tryAll,
    minimumOrder: Math.ceil(minimum.numerator / minimum.denominator),
    baseRate: earn
      .filter(isUnconditional)
      .map((rule) => baseOf(rule, inMinor))
      .reduce(plus, nothing),
    applying(situation, level) {
      let key = ''
      conditional.forEach(({ holds }, index) => {
        if (holds(situation)) key += `${index},`
      })
      const ofLevel = ready[level.index] as Map<string, ApplyingRules>
      let applying = ofLevel.get(key)
      if (!applying) {
        const holding = new Set(conditional.filter(({ holds }) => holds(situation)).map(({ rule }) => rule))
        const rules = earn.filter((rule) => always.has(rule) || holding.has(rule))
        ofLevel.set(key, (applying = compileApplying(rules, programme, level, inMinor, keyOf)))
      }
      return applying
    },
  }
}

/** More kinds of lines than these are not tried: nobody waits for it, and so many rules hardly all meet on one line. */
const linesTriedMax = 10_000

/** One line for each category and SKU that the rules name, and for those that none names. */
function linesNamed(rules: readonly EarnRule[]): [category: string | undefined, sku: string][] {
  const categories = new Set([undefined, ...rules.flatMap((rule) => ('category' in rule.when ? (rule.when.category ?? []) : []))])
  const skus = new Set(['', ...rules.flatMap((rule) => ('sku' in rule.when ? (rule.when.sku ?? []) : []))])
  const lines = [...categories].flatMap((category) => [...skus].map((sku): [string | undefined, string] => [category, sku]))
  return lines.slice(0, linesTriedMax)
}

function isUnconditional({ when }: EarnRule): boolean {
  return Object.keys(when).length === 0
}

/** Points per minor unit that a rule gives before any multiplier. */
function baseOf(rule: EarnRule, inMinor: (amount: string) => Fraction): Fraction {
  if (!('per' in rule)) return nothing
  const per = inMinor(rule.per)
  return times({ numerator: rule.points, denominator: 1 }, { numerator: per.denominator, denominator: per.numerator })
}

/** @throws PerennialError `sum-too-large` where the rates together are too fine to be exact */
export function compileApplying(
  rules: readonly EarnRule[],
  { points }: Programme,
  level: Level,
  inMinor: (amount: string) => Fraction,
  keyOf: (category: string | undefined, sku: string) => string,
): ApplyingRules {
  const combination = combinations[points.combine.multipliers]
  const bases = new Map(rules.map((rule) => [rule, baseOf(rule, inMinor)]))
  const multipliers = rules.flatMap((rule) => ('multiply' in rule ? [{ rule: rule as EarnRule, by: fractionOf(rule.multiply) }] : []))
  function ratesOf(applied: readonly EarnRule[]): LineRates {
    if (applied.some((rule) => 'exclude' in rule)) return { excluded: true, denominator: 1, rate: 0, parts: [], rules: applied }
    const baseBy = (rule: EarnRule) => (applied.includes(rule) ? (bases.get(rule) as Fraction) : nothing)
    const base = rules.map(baseBy).reduce(plus, nothing)
    const present = [level.multiply, ...multipliers.map(({ rule, by }) => (applied.includes(rule) ? by : one))]
    const combined = [level.multiply, ...multipliers.filter(({ rule }) => applied.includes(rule)).map(({ by }) => by)]
    const rate = times(base, combination.factor(combined))
    const parts =
      points.rounding.per === 'rule'
        ? [...rules.filter((rule) => 'per' in rule).map(baseBy), ...combination.extras(present).map((extra) => times(base, extra))]
        : []
    const denominator = commonDenominator([rate, ...parts])
    const over = (fraction: Fraction) => exact(fraction.numerator * (denominator / fraction.denominator))
    return { excluded: false, denominator, rate: over(rate), parts: parts.map(over), rules: applied }
  }

  const ready = new Map<string, LineRates>()
  return {
    rules,
    capped: rules.some((rule) => 'cap' in rule && rule.cap !== undefined),
    flat: rules.some((rule) => 'add' in rule),
    onLine(category, sku) {
      const key = keyOf(category, sku)
      let rates = ready.get(key)
      if (!rates) ready.set(key, (rates = ratesOf(rules.filter((rule) => appliesToLine(rule, category, sku)))))
      return rates
    },
  }
}
