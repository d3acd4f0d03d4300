import type { PointsRow, Programme } from '@perennial/contracts'
import { addToDay, addToInstant, firstOfNextMonth, inForce, localDay, nextDay, startOfDay } from './calendar.ts'
import { type Fraction, fraction, over, plus, round, times, whole, zero } from './fraction.ts'
import { digitsOf, formatInstant, type Line, type Purchase, type Story, sum } from './story.ts'
import { tierMultiplier } from './tier.ts'

interface Lot {
  releasedAt: number
  expiresAt: number
  /** Per line of the order: awarded and, until the lot expired, taken back by returns. */
  lines: { line: Line; awarded: bigint; takenBack: bigint }[]
}

export function pointsRow(memberId: string, story: Story, programmes: readonly Programme[], asOf: number): PointsRow {
  const lots = story.moments.flatMap(({ purchase }, index) => {
    const lot = purchase && lotOf(purchase, index, story, programmes)
    return lot ? [lot] : []
  })
  const left = (lot: Lot) => sum(lot.lines.map(({ awarded, takenBack }) => awarded - takenBack))
  const total = (chosen: readonly Lot[]) => Number(sum(chosen.map(left)))

  const alive = lots.filter(({ expiresAt }) => expiresAt > asOf)
  const next = Math.min(...alive.filter((lot) => left(lot) > 0n).map(({ expiresAt }) => expiresAt))
  return {
    memberId,
    available: total(alive.filter(({ releasedAt }) => releasedAt <= asOf)),
    pending: total(alive.filter(({ releasedAt }) => releasedAt > asOf)),
    expired: total(lots.filter(({ expiresAt }) => expiresAt <= asOf)),
    redeemed: 0,
    clawedBack: Number(sum(lots.flatMap(({ lines }) => lines.map(({ takenBack }) => takenBack)))),
    debt: 0,
    nextExpiry: Number.isFinite(next)
      ? { points: total(alive.filter(({ expiresAt }) => expiresAt === next)), at: formatInstant(next) }
      : null,
    asOf: formatInstant(asOf),
  }
}

/** What the purchase, which is the moment with that index, was awarded, and what later returns left of it. */
function lotOf(purchase: Purchase, index: number, story: Story, programmes: readonly Programme[]): Lot | undefined {
  const programme = inForce(programmes, purchase.at)
  if (!programme) return undefined
  const multiplier = tierMultiplier(story.moments.slice(0, index), story.currency, programmes, purchase.at)
  const awards = award(purchase.lines, story.currency, programme, multiplier)
  const { releasedAt, expiresAt } = lotDates(purchase.at, programme)
  const lines = purchase.lines.map((line, number) => {
    const awarded = awards[number] as bigint
    let refunded = 0n
    let takenBack = 0n
    for (const { at, refunds } of story.moments) {
      refunded += sum(refunds.flatMap(({ parts }) => parts.filter((part) => part.line === line)).map(({ amount }) => amount))
      // What has expired cannot be taken any more: it is forgiven.
      if (line.amount > 0n && at < expiresAt) takenBack = (awarded * refunded) / line.amount
    }
    return { line, awarded, takenBack }
  })
  return { releasedAt, expiresAt, lines }
}

function award(lines: readonly Line[], currency: string | null, { points }: Programme, tierMultiplier: string): bigint[] {
  const base = points.earn.flatMap((rule) => ('per' in rule ? [over(whole(BigInt(rule.points)), fraction(rule.per))] : []))
  const rate = base.reduce(plus, zero)
  const exact = lines.map(({ amount, category }): Fraction => {
    const inMajor = { top: amount, bottom: 10n ** BigInt(digitsOf(currency)) }
    const factors = points.earn.flatMap((rule) =>
      'multiply' in rule && category !== undefined && rule.when.category.includes(category) ? [fraction(rule.multiply)] : [],
    )
    return [rate, ...factors, fraction(tierMultiplier)].reduce(times, inMajor)
  })
  const { mode, per } = points.rounding
  if (per === 'line') return exact.map((value) => round(value, mode))
  const upTo = (count: number) => round(exact.slice(0, count).reduce(plus, zero), mode)
  return lines.map((_, index) => upTo(index + 1) - upTo(index))
}

function lotDates(purchasedAt: number, { points, timeZone }: Programme): { releasedAt: number; expiresAt: number } {
  const { expiry } = points
  const releasedAt = addToInstant(purchasedAt, points.pending, timeZone)
  if (expiry === 'never') return { releasedAt, expiresAt: Number.POSITIVE_INFINITY }
  const expiryFrom = (instant: number) => {
    const day = addToDay(localDay(instant, timeZone), expiry.after)
    return startOfDay(expiry.at === 'end-of-month' ? firstOfNextMonth(day) : nextDay(day), timeZone)
  }
  const expiresAt = expiryFrom(purchasedAt)
  return { releasedAt, expiresAt: expiresAt > releasedAt ? expiresAt : expiryFrom(releasedAt) }
}
