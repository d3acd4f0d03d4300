import type { Order } from '../member/occurrence.ts'
import { exact, multiplyDivide } from '../money/exact.ts'
import type { Level, Rules } from '../programme/rules.ts'

/** What an order earned, line by line: the base of what its returns take back. */
export interface Award {
  points: number
  byLine: number[]
}

/**
 * Points for an order under the rules in force, for a member of the given level.
 *
 * Each line is worth `amount × rate`; the programme says whether lines are rounded one by one or the order as a whole.
 * Rounded as a whole, a line is awarded what it adds to the rounded sum of the lines before it, so that the lines
 * always sum to the order.
 */
export function awardPoints(order: Order, rules: Rules, level: Level): Award {
  const { mode, per } = rules.programme.points.rounding
  const money = rules.in(order.data.currency)
  const byLine: number[] = []
  let points = 0
  let weight = 0
  for (const { line } of order.lines) {
    const rate = money.rate(level, line.category)
    let awarded: number
    if (per === 'line') {
      awarded = multiplyDivide(line.amount, rate, money.denominator, mode)
    } else {
      weight = exact(weight + line.amount * rate)
      awarded = multiplyDivide(weight, 1, money.denominator, mode) - points
    }
    points = exact(points + awarded)
    byLine.push(awarded)
  }
  return { points, byLine }
}
