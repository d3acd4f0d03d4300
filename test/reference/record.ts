import type { Programme } from '@perennial/contracts'
import { judging, localDay } from './calendar.ts'
import { sum } from './money.ts'
import type { Line, Moment, Purchase } from './story.ts'

export type Metric = Programme['tiers']['metric']

/** What is known of a member so far: plain notes of what happened, from which everything else is reckoned. */
export interface MemberRecord {
  programmes: readonly Programme[]
  currency: string | null
  firstDay: string | undefined
  /** The day of the first enrolment. */
  enrolledDay: string | undefined
  birthday: string | undefined
  orders: Purchase[]
  /** Given back so far. */
  back: Map<Line, { quantity: bigint; amount: bigint }>
  awards: Map<Line, bigint>
  uses: RuleUse[]
  postings: Posting[]
}

type Cap = NonNullable<Extract<Programme['points']['earn'][number], { cap?: unknown }>['cap']>

/** An order or an activity to which a rule with a cap applied. */
export interface RuleUse {
  rule: string
  every: Cap['every']
  day: string
  /** The lines of the order; undefined for an activity. */
  lines: Line[] | undefined
}

/** What is added to the qualifying amount of a day. */
export interface Posting {
  metric: Metric
  day: string
  amount: bigint
  /** When it happened. */
  at: number
  /** Taken away by a return for goods whose purchase is not known. */
  unmatched: boolean
}

export function emptyRecord(programmes: readonly Programme[], currency: string | null): MemberRecord {
  return {
    programmes,
    currency,
    firstDay: undefined,
    enrolledDay: undefined,
    birthday: undefined,
    orders: [],
    back: new Map(),
    awards: new Map(),
    uses: [],
    postings: [],
  }
}

/** The day of an instant, by the version judging it. */
export function dayOf({ programmes }: MemberRecord, at: number): string {
  return localDay(at, judging(programmes, at).timeZone)
}

/** Before anything else is made of it: who the member is. */
export function note(record: MemberRecord, { at, enrolment }: Moment): void {
  const day = dayOf(record, at)
  record.firstDay ??= day
  if (enrolment) record.enrolledDay ??= day
  if (enrolment?.birthday !== undefined) record.birthday = enrolment.birthday
}

/** What keeps lots alive that live by activity. */
export function isActivity({ purchase, enrolment, engagement, decision }: Moment): boolean {
  const spends = decision?.type === 'PointsHeld' || decision?.type === 'PointsRedeemed'
  return purchase !== undefined || enrolment !== undefined || engagement !== undefined || spends
}

export function noteBack(record: MemberRecord, line: Line, quantity: bigint, amount: bigint): void {
  const before = backOf(record, line)
  record.back.set(line, { quantity: before.quantity + quantity, amount: before.amount + amount })
}

function backOf(record: MemberRecord, line: Line): { quantity: bigint; amount: bigint } {
  return record.back.get(line) ?? { quantity: 0n, amount: 0n }
}

/** All the money was given back, or, where the line cost nothing, all the quantity. */
export function isBackInFull(record: MemberRecord, line: Line): boolean {
  const { back, of } = shareBack(record, [line])
  return back === of
}

export function isOrderBackInFull(record: MemberRecord, { lines }: Purchase): boolean {
  return lines.every((line) => isBackInFull(record, line))
}

/** How much of some lines was given back: by money, or by quantity where they cost nothing. */
export function shareBack(record: MemberRecord, lines: readonly Line[]): { back: bigint; of: bigint } {
  const by = lines.some(({ amount }) => amount > 0n) ? 'amount' : 'quantity'
  return { back: sum(lines.map((line) => backOf(record, line)[by])), of: sum(lines.map((line) => line[by])) }
}

export function post(record: MemberRecord, metric: Metric, at: number, amount: bigint, unmatched = false): void {
  record.postings.push({ metric, day: dayOf(record, at), amount, at, unmatched })
}
