import type { Engagement, Enrolment, Occurrence, Order, Purchase, Return, TakenBack } from '../member/occurrence.ts'
import { isBackInFull } from '../member/occurrence.ts'
import { multiplyDivide } from '../money/exact.ts'
import { giveUseBack, type Situation, type Uses, use } from '../programme/earn-conditions.ts'
import type { Level, Rules } from '../programme/rules.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import { type Award, type AwardUse, awardForActivity, awardPoints, isGivenBack } from './award-points.ts'

/** What must be remembered to say what the next purchase or activity earns. */
export interface EarningState {
  /** Credited orders that are not back in full. */
  orders: number
  /** `MM-DD`, as it was told last. */
  birthday: string | null
  /** How often capped rules were used. */
  uses: Uses
  /** What each order was awarded: only returns ask for it, and a return folds the whole history again. Not saved. */
  awards?: Map<Order, AwardedOrder>
}

/** An order's award, and what returns have taken back of it. */
export interface AwardedOrder {
  /** Absent where no programme was in force. */
  award: Award | undefined
  takenBackByLine: number[]
  /** How the capped rules of the award stand that have not been given their use back. */
  uses: AwardUse[]
  backInFull: boolean
}

/** Points earned (above zero) or taken back (below), and an instant of the day on which they qualify for tiers. */
export interface QualifyingPoints {
  at: number
  points: number
  /** Taken back for goods whose purchase is not known. */
  unmatched?: true
}

/** What an occurrence means for points, before any lot is touched. */
export interface Earnings {
  award?: Award
  /** Of the returns that waited for this order, or of this return. */
  returns: ReturnedPoints[]
}

export interface ReturnedPoints {
  returnId: string
  taken: readonly TakenBack[]
  /** Points to be taken back for each of `taken`. */
  points: number[]
  /** Points to be taken back for goods whose purchase is not known, by SKU. */
  atBaseRate: { sku: string; points: number }[]
}

/** What occurrences earn and take back. Lots, pending and expiry are no matter of it, so that the tier can use it too. */
export interface Earning {
  initial(): EarningState
  /** What an occurrence earns and takes back, for a member of the level given; undefined where it is nothing. Changes the state. */
  earn(state: EarningState, occurrence: Occurrence, level: Level): Earnings | undefined
  /** The same, as it qualifies for tiers. */
  evolve(state: EarningState, occurrence: Occurrence, level: Level): QualifyingPoints[]
}

const noUses: AwardUse[] = []

export function earning(versions: ProgrammeVersions): Earning {
  function purchase(state: EarningState, { order, at, waited }: Purchase, level: Level): Earnings | undefined {
    const rules = versions.inForce(at)
    state.orders++
    state.awards ??= new Map()
    if (!rules) {
      // Nothing is earned, and no points move; but the order counts as one, until all of it is back.
      state.awards.set(order, { award: undefined, takenBackByLine: [], uses: noUses, backInFull: false })
      for (const { taken } of waited) noteBackInFull(state, taken)
      return undefined
    }
    const award = awardPoints(order, rules, level, situationOf(state, rules, level, at, order))
    for (const used of award.uses) use(state.uses, used)
    state.awards.set(order, { award, takenBackByLine: [], uses: award.uses, backInFull: false })
    const returns = waited.map(({ returnId, taken }) => ({ returnId, taken, points: takeBack(state, taken), atBaseRate: [] }))
    return { ...(award.points > 0 && { award }), returns }
  }

  function engagement(state: EarningState, { at, data }: Engagement, level: Level): Earnings | undefined {
    const rules = versions.inForce(at)
    if (!rules) return undefined
    const situation = { ...situationOf(state, rules, level, at), activity: data.activity }
    const award = awardForActivity(rules, level, situation)
    for (const used of award.uses) use(state.uses, used)
    return award.points > 0 ? { award, returns: [] } : undefined
  }

  function giveBack(state: EarningState, occurrence: Return): Earnings | undefined {
    const { at, returnId, taken, namesOrder, unmatched } = occurrence
    const rules = versions.inForce(at)
    const policy = rules?.programme.points.returns.unmatched
    if (!rules || (policy === 'none' && !namesOrder)) {
      noteBackInFull(state, taken)
      return undefined
    }
    const points = takeBack(state, taken)
    const atBaseRate =
      policy === 'base-rate' && !namesOrder ? unmatched.flatMap((line) => baseRateOf(rules, occurrence.currency, line)) : []
    return { returns: [{ returnId, taken, points, atBaseRate }] }
  }

  function earn(state: EarningState, occurrence: Occurrence, level: Level): Earnings | undefined {
    switch (occurrence.kind) {
      case 'purchase':
        return purchase(state, occurrence, level)
      case 'engagement':
        return engagement(state, occurrence, level)
      case 'return':
        return giveBack(state, occurrence)
      case 'enrolment':
        return void enrol(state, occurrence)
      default:
        return undefined
    }
  }

  return {
    initial: () => ({ orders: 0, birthday: null, uses: {} }),
    earn,
    evolve(state, occurrence, level) {
      const earned = earn(state, occurrence, level)
      return earned ? qualifyingPoints(earned, occurrence.at) : []
    },
  }
}

function enrol(state: EarningState, { data }: Enrolment): void {
  if (data.birthday !== undefined) state.birthday = data.birthday
}

function situationOf(state: EarningState, rules: Rules, level: Level, at: number, order?: Order): Situation {
  return {
    day: rules.calendar.dayOf(at),
    tier: level.name,
    birthday: state.birthday,
    uses: state.uses,
    ...(order && { channel: order.data.channel, orderNumber: state.orders }),
  }
}

/** What a return takes back for each line: what the line was awarded, in proportion to what came back. */
function takeBack(state: EarningState, taken: readonly TakenBack[]): number[] {
  const points = taken.map((part) => {
    const awarded = state.awards?.get(part.order)
    return awarded ? pointsToTakeBack(awarded, part) : 0
  })
  noteBackInFull(state, taken)
  return points
}

/**
 * How many points a return takes back on one line: what that line was awarded, in proportion to the money given back
 * (of a line that cost nothing, to the goods). Rounded down while part of the line is kept, all of it once all is back:
 * never more than was awarded.
 */
function pointsToTakeBack(awarded: AwardedOrder, { order, lineIndex, refundedInAll }: TakenBack): number {
  const given = awarded.award?.byLine[lineIndex] ?? 0
  const before = awarded.takenBackByLine[lineIndex] ?? 0
  const { line, quantityLeft } = order.lines[lineIndex] as Order['lines'][number]
  const quantity = Math.round(line.quantity * 1e6)
  const inAll =
    line.amount > 0
      ? multiplyDivide(given, refundedInAll, line.amount, 'floor')
      : multiplyDivide(given, quantity - quantityLeft, quantity, 'floor')
  awarded.takenBackByLine[lineIndex] = inAll
  return inAll - before
}

/** An order that came back in full is no order of the member's any longer, and gives its uses of capped rules back. */
function noteBackInFull(state: EarningState, taken: readonly TakenBack[]): void {
  for (const { order } of taken) {
    const awarded = state.awards?.get(order)
    if (!awarded) continue
    for (const used of awarded.uses.filter((used) => isGivenBack(used, order))) giveUseBack(state.uses, used)
    awarded.uses = awarded.uses.filter((used) => !isGivenBack(used, order))
    if (!awarded.backInFull && order.lines.every(isBackInFull)) {
      awarded.backInFull = true
      state.orders--
    }
  }
}

function baseRateOf(rules: Rules, currency: string, { sku, amount }: Return['unmatched'][number]): { sku: string; points: number }[] {
  const { numerator, denominator } = rules.in(currency).earn.baseRate
  const points = multiplyDivide(amount, numerator, denominator, 'floor')
  return points > 0 ? [{ sku, points }] : []
}

export function qualifyingPoints({ award, returns }: Earnings, at: number): QualifyingPoints[] {
  const qualifying: QualifyingPoints[] = award ? [{ at, points: award.points }] : []
  for (const { taken, points, atBaseRate } of returns) {
    taken.forEach(({ order }, index) => {
      if (points[index]) qualifying.push({ at: order.at, points: -points[index] })
    })
    for (const { points } of atBaseRate) qualifying.push({ at, points: -points, unmatched: true })
  }
  return qualifying
}

/** Without what only returns ask for. */
export function saveEarning({ orders, birthday, uses }: EarningState): EarningState {
  return { orders, birthday, uses }
}

export function restoreEarning(saved: unknown): EarningState {
  return saved as EarningState
}
