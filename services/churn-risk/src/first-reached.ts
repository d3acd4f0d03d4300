import { dayMs } from '@perennial/domain'

/** Later than this after the member's last event, nothing is foretold. */
export const neverAfterMs = 36_525 * dayMs
const firstStepMs = 32 * dayMs

/**
 * The first whole millisecond after `from` at which a function that never falls has reached a level; infinity where
 * that is not within 100 years.
 *
 * @param from an instant at which the level is not reached
 */
export function firstReached(level: number, from: number, valueAt: (at: number) => number): number {
  let low = from
  let lowGap = valueAt(from) - level
  for (let step = firstStepMs; ; step *= 4) {
    const high = from + Math.min(step, neverAfterMs)
    const highGap = valueAt(high) - level
    if (highGap >= 0) return narrow({ low, lowGap, high, highGap }, (at) => valueAt(at) - level)
    if (step >= neverAfterMs) return Number.POSITIVE_INFINITY
    low = high
    lowGap = highGap
  }
}

/** The level is reached at `high`, and not at `low`. */
interface Bracket {
  low: number
  lowGap: number
  high: number
  highGap: number
}

/**
 * Closes the bracket down to a millisecond by interpolation, truncation and projection (Oliveira and Takahashi, 2020):
 * where the function is smooth in about ten looks, and never in many more than halving takes.
 */
function narrow(bracket: Bracket, gapAt: (at: number) => number): number {
  let { low, lowGap, high, highGap } = bracket
  const truncation = 0.2 / (high - low)
  // Half a millisecond is the precision asked for; one look more than halving may be spent.
  let slack = 2 ** Math.ceil(Math.log2(high - low))
  while (high - low > 1) {
    const width = high - low
    const middle = (low + high) / 2
    const chord = low - (lowGap * width) / (highGap - lowGap)
    const side = Math.sign(middle - chord)
    const towards = truncation * width * width
    const truncated = towards <= Math.abs(middle - chord) ? chord + side * towards : middle
    const reach = Math.max(0, slack - width / 2)
    const projected = Math.abs(truncated - middle) <= reach ? truncated : middle - side * reach
    const at = Math.min(high - 1, Math.max(low + 1, Math.round(projected)))
    const gap = gapAt(at)
    if (gap >= 0) {
      high = at
      highGap = gap
    } else {
      low = at
      lowGap = gap
    }
    slack /= 2
  }
  return high
}
