import { digitsOf, type Programme } from '@perennial/contracts'
import { type Fraction, fractionOf, times } from '../money/exact.ts'
import { type Calendar, calendarOf, nominalMs } from '../time/calendar.ts'
import { compileEarnRules, type EarnRules } from './earn-rules.ts'
import type { Level } from './level.ts'

export type { Level } from './level.ts'

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
  /** The level that a qualifying total reaches. */
  levelFor(total: number): Level
  levelNamed(name: string): Level
  readonly earn: EarnRules
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
      const digits = digitsOf(currency)
      let money = byDigits.get(digits)
      if (!money) byDigits.set(digits, (money = compileMoneyRules(programme, calendar, digits)))
      return money
    },
  }
}

function compileMoneyRules(programme: Programme, calendar: Calendar, digits: number): MoneyRules {
  const minorUnit: Fraction = { numerator: 10 ** digits, denominator: 1 }
  const inMinor = (amount: string) => times(fractionOf(amount), minorUnit)
  const threshold = programme.tiers.metric === 'spend' ? inMinor : fractionOf

  const levels = programme.tiers.levels.map((level, index): Level => {
    const from = threshold(level.from)
    return { index, name: level.name, from: Math.ceil(from.numerator / from.denominator), multiply: fractionOf(level.multiply) }
  })
  const lowest = levels[0] as Level
  return {
    levels,
    earn: compileEarnRules(programme, calendar, levels, inMinor),
    levelFor(total) {
      for (let index = levels.length - 1; index > 0; index--) {
        const level = levels[index] as Level
        if (total >= level.from) return level
      }
      return lowest
    },
    levelNamed: (name) => levels.find((level) => level.name === name) ?? lowest,
  }
}
