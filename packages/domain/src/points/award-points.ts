import { isBackInFull, type Order } from '../member/occurrence.ts'
import { divideWide, exact, greatestCommonDivisor, multiplyDivide, type RoundingMode } from '../money/exact.ts'
import { type CapUse, type EarnRule, type Situation, useOf } from '../programme/earn-conditions.ts'
import type { ApplyingRules, LineRates } from '../programme/earn-rules.ts'
import type { Level, Rules } from '../programme/rules.ts'

/** What an order or an activity earned. */
export interface Award {
  points: number
  /** Line by line: the base of what returns take back. Empty for an activity. */
  byLine: number[]
  /** Uses of capped rules. */
  uses: AwardUse[]
  rules: ApplyingRules
}

/** The use of a capped rule, and the lines that the rule applied to: it is given back when all of them are. */
export interface AwardUse extends CapUse {
  lines: number[]
}

/** Points for an order under the rules in force, for a member of the given level. */
export function awardPoints(order: Order, rules: Rules, level: Level, situation: Situation): Award {
  const { earn } = rules.in(order.data.currency)
  const applying = earn.applying(situation, level)
  const lines = order.lines.map(({ line }) => applying.onLine(line.category, line.sku))
  if (!reachesMinimum(order, lines, earn.minimumOrder)) return { points: 0, byLine: [], uses: [], rules: applying }

  const { mode, per } = rules.programme.points.rounding
  const byLine = rounded[per](order, lines, mode)
  if (applying.flat) addFlatPoints(order, lines, applying, byLine)
  let points = 0
  for (const awarded of byLine) points = exact(points + awarded)
  return { points, byLine, uses: applying.capped ? usesOf(applying, lines, situation, rules) : [], rules: applying }
}

function reachesMinimum({ lines: bought }: Order, lines: readonly LineRates[], minimum: number): boolean {
  let amount = 0
  let any = false
  lines.forEach(({ excluded }, index) => {
    if (excluded) return
    any = true
    amount = exact(amount + (bought[index] as Order['lines'][number]).line.amount)
  })
  return any && amount >= minimum
}

type Rounded = (order: Order, lines: readonly LineRates[], mode: RoundingMode) => number[]

const rounded: Readonly<Record<Rules['programme']['points']['rounding']['per'], Rounded>> = {
  line: ({ lines: bought }, lines, mode) =>
    bought.map(({ line }, index) => {
      const { rate, denominator } = lines[index] as LineRates
      return multiplyDivide(line.amount, rate, denominator, mode)
    }),

  order: (order, lines, mode) => roundedTogether(order, lines, ({ rate }) => rate, mode),

  rule(order, lines, mode) {
    const byLine = order.lines.map(() => 0)
    const parts = Math.max(...lines.map(({ parts }) => parts.length))
    for (let part = 0; part < parts; part++) {
      const own = roundedTogether(order, lines, ({ parts }) => parts[part] ?? 0, mode)
      own.forEach((points, index) => {
        byLine[index] = exact((byLine[index] as number) + points)
      })
    }
    return byLine
  },
}

/**
 * Rounded as a whole, a line is awarded what it adds to the rounded sum of the lines before it, so that the lines
 * always sum to the order. Over one denominator they are added up as whole numbers and rounded once.
 */
function roundedTogether(order: Order, lines: readonly LineRates[], rateOf: (line: LineRates) => number, mode: RoundingMode): number[] {
  let denominator = 1
  for (const line of lines) {
    if (denominator % line.denominator !== 0) denominator *= line.denominator / greatestCommonDivisor(denominator, line.denominator)
  }
  const byLine: number[] = []
  let points = 0
  let weight = 0
  for (const [index, { line: bought }] of order.lines.entries()) {
    const line = lines[index] as LineRates
    weight += bought.amount * rateOf(line) * (denominator / line.denominator)
    if (!Number.isSafeInteger(weight) || !Number.isSafeInteger(denominator)) return roundedTogetherWide(order, lines, rateOf, mode)
    const upTo = multiplyDivide(weight, 1, denominator, mode)
    byLine.push(upTo - points)
    points = upTo
  }
  return byLine
}

/** The same where rates are fine and amounts large, a hundred times as slow. */
function roundedTogetherWide(order: Order, lines: readonly LineRates[], rateOf: (line: LineRates) => number, mode: RoundingMode): number[] {
  const denominator = [...new Set(lines.map((line) => line.denominator))].reduce((product, own) => product * BigInt(own), 1n)
  let points = 0
  let weight = 0n
  return order.lines.map(({ line: bought }, index) => {
    const line = lines[index] as LineRates
    weight += BigInt(bought.amount) * BigInt(rateOf(line)) * (denominator / BigInt(line.denominator))
    const before = points
    points = divideWide(weight, denominator, mode)
    return points - before
  })
}

/** Flat points are spread over the lines that earned them, so that a return takes its share of them back. */
function addFlatPoints({ lines: bought }: Order, lines: readonly LineRates[], applying: ApplyingRules, byLine: number[]): void {
  for (const rule of applying.rules) {
    if (!('add' in rule)) continue
    const on = linesUnder(rule, lines)
    const total = on.reduce((sum, index) => sum + amountOf(bought, index), 0)
    let before = 0
    let spread = 0
    on.forEach((index, place) => {
      before += amountOf(bought, index)
      const upTo = place === on.length - 1 ? rule.add : total === 0 ? 0 : multiplyDivide(rule.add, before, total, 'floor')
      byLine[index] = exact((byLine[index] as number) + upTo - spread)
      spread = upTo
    })
  }
}

function amountOf(bought: Order['lines'], index: number): number {
  return (bought[index] as Order['lines'][number]).line.amount
}

function linesUnder(rule: EarnRule, lines: readonly LineRates[]): number[] {
  return lines.flatMap(({ excluded, rules }, index) => (!excluded && rules.includes(rule) ? [index] : []))
}

function usesOf(applying: ApplyingRules, lines: readonly LineRates[], { day }: Situation, { calendar }: Rules): AwardUse[] {
  const uses: AwardUse[] = []
  for (const rule of applying.rules) {
    if (!('cap' in rule && rule.cap)) continue
    const on = linesUnder(rule, lines)
    if (on.length > 0) uses.push({ ...useOf(rule.name, rule.cap, day, calendar), lines: on })
  }
  return uses
}

/** Points for an activity: flat, each rule once. */
export function awardForActivity(rules: Rules, level: Level, situation: Situation): Award {
  const applying = rules.in(null).earn.applying(situation, level)
  let points = 0
  const uses: AwardUse[] = []
  for (const rule of applying.rules) {
    if (rule.for !== 'engagement') continue
    points = exact(points + rule.add)
    if (rule.cap) uses.push({ ...useOf(rule.name, rule.cap, situation.day, rules.calendar), lines: [] })
  }
  return { points, byLine: [], uses, rules: applying }
}

/** Whether every line that used a capped rule has come back. */
export function isGivenBack({ lines }: AwardUse, order: Order): boolean {
  return lines.every((index) => isBackInFull(order.lines[index] as Order['lines'][number]))
}
