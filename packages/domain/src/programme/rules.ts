import { currencyDigits, type Programme } from '@perennial/contracts'
import { exact, type Fraction, fractionOf, plus, times } from '../money/exact.ts'
import { type Calendar, calendarOf, nominalMs } from '../time/calendar.ts'

/** A programme version, made ready for folding: time zone, thresholds and rates as exact numbers. */
export interface Rules {
  readonly programme: Programme
  readonly calendar: Calendar
  /** First instant on which this version judges what happens. */
  readonly effectiveFrom: number
  readonly rhythm: { priorMs: number; weight: number; shortestMs: number; longestMs: number }
  /** Thresholds and rates in minor units of a currency. */
  in(currency: string | null): MoneyRules
}

export interface MoneyRules {
  /** Lowest level first. */
  readonly levels: readonly Level[]
  /** The level that a qualifying spend reaches. */
  levelFor(qualifyingSpend: number): Level
  levelNamed(name: string): Level
  /** Points per minor unit on a line of this category, for a member of this level, over `denominator`. */
  rate(level: Level, category: string | undefined): number
  /** The common denominator of all rates. */
  readonly denominator: number
}

export interface Level {
  index: number
  name: string
  /** Minor units. */
  from: number
  multiply: Fraction
}

export function compileRules(programme: Programme): Rules {
  const calendar = calendarOf(programme.timeZone)
  const { prior, weight, shortest, longest } = programme.lifecycle.rhythm
  const byDigits = new Map<number, MoneyRules>()
  return {
    programme,
    calendar,
    effectiveFrom: calendar.startOfDate(programme.effectiveFrom),
    rhythm: { priorMs: nominalMs(prior), weight, shortestMs: nominalMs(shortest), longestMs: nominalMs(longest) },
    in(currency) {
      const digits = (currency === null ? undefined : currencyDigits(currency)) ?? 2
      let money = byDigits.get(digits)
      if (!money) byDigits.set(digits, (money = compileMoneyRules(programme, digits)))
      return money
    },
  }
}

function compileMoneyRules(programme: Programme, digits: number): MoneyRules {
  const minorUnit: Fraction = { numerator: 10 ** digits, denominator: 1 }
  const inMinor = (amount: string) => times(fractionOf(amount), minorUnit)

  const levels = programme.tiers.levels.map((level, index): Level => {
    const from = inMinor(level.from)
    return { index, name: level.name, from: Math.ceil(from.numerator / from.denominator), multiply: fractionOf(level.multiply) }
  })
  const lowest = levels[0] as Level

  let base: Fraction = { numerator: 0, denominator: 1 }
  const multipliers: { categories: readonly string[]; by: Fraction }[] = []
  for (const rule of programme.points.earn) {
    if ('per' in rule) {
      const per = inMinor(rule.per)
      base = plus(base, { numerator: rule.points * per.denominator, denominator: per.numerator })
    } else {
      multipliers.push({ categories: rule.when.category, by: fractionOf(rule.multiply) })
    }
  }

  const categories: (string | undefined)[] = [undefined, ...new Set(multipliers.flatMap((rule) => rule.categories))]
  const fractionFor = (level: Level, category: string | undefined): Fraction => {
    let rate = times(base, level.multiply)
    for (const { categories: named, by } of multipliers) {
      if (category !== undefined && named.includes(category)) rate = times(rate, by)
    }
    return rate
  }
  // Over one common denominator, the lines of an order can be added up as whole numbers and rounded once.
  let denominator = 1
  for (const level of levels) {
    for (const category of categories) {
      const { denominator: own } = fractionFor(level, category)
      denominator = leastCommonMultiple(denominator, own)
    }
  }
  const rates = levels.map((level) => {
    const numeratorOf = (category: string | undefined) => {
      const rate = fractionFor(level, category)
      return exact(rate.numerator * (denominator / rate.denominator))
    }
    return { usual: numeratorOf(undefined), byCategory: new Map(categories.map((category) => [category, numeratorOf(category)])) }
  })

  return {
    levels,
    denominator,
    levelFor(qualifyingSpend) {
      for (let index = levels.length - 1; index > 0; index--) {
        const level = levels[index] as Level
        if (qualifyingSpend >= level.from) return level
      }
      return lowest
    },
    levelNamed: (name) => levels.find((level) => level.name === name) ?? lowest,
    rate(level, category) {
      const ofLevel = rates[level.index]
      if (!ofLevel) return 0
      return category === undefined ? ofLevel.usual : (ofLevel.byCategory.get(category) ?? ofLevel.usual)
    },
  }
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b]
  while (y !== 0) [x, y] = [y, x % y]
  return exact((a / x) * b)
}
