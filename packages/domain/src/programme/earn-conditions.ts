import type { Programme } from '@perennial/contracts'
import type { Calendar } from '../time/calendar.ts'

export type EarnRule = Programme['points']['earn'][number]
type Cap = NonNullable<Extract<EarnRule, { add: number }>['cap']>

/** What an order or an activity is judged by as a whole. */
export interface Situation {
  /** The local day on which it happened. */
  day: number
  /** The level held before it. */
  tier: string
  /** `MM-DD`, if it was told. */
  birthday: string | null
  uses: Uses
  /** Of an order. */
  channel?: string | undefined
  orderNumber?: number
  /** Of an engagement. */
  activity?: string
}

/** How often capped rules were used: in which period, and how often in it. */
export type Uses = Record<string, [period: number, times: number]>

/** One use of a capped rule. */
export interface CapUse {
  /** The rule's name and its kind of period: a version that counts by the week counts anew. */
  counter: string
  /** First day of the period. */
  period: number
}

type Condition = (situation: Situation) => boolean

/** Everything of a rule that does not depend on a line; undefined where there is no such condition. */
export function orderConditionOf(rule: EarnRule, calendar: Calendar): Condition | undefined {
  const conditions = [...purposeOf(rule), ...whenOf(rule, calendar), ...capOf(rule, calendar)]
  if (conditions.length === 0) return undefined
  return (situation) => conditions.every((holds) => holds(situation))
}

function purposeOf(rule: EarnRule): Condition[] {
  return rule.for === 'engagement' ? [({ activity }) => activity !== undefined] : []
}

function whenOf(rule: EarnRule, calendar: Calendar): Condition[] {
  const conditions: Condition[] = []
  const { tier, from, until, birthday } = rule.when
  if (tier) conditions.push((situation) => tier.includes(situation.tier))
  if (from) {
    const first = calendar.dayOf(calendar.startOfDate(from))
    conditions.push(({ day }) => day >= first)
  }
  if (until) {
    const last = calendar.dayOf(calendar.startOfDate(until))
    conditions.push(({ day }) => day <= last)
  }
  if (birthday) conditions.push((situation) => isBirthday(birthday, situation, calendar))
  if ('activity' in rule.when) {
    const { activity: activities } = rule.when
    if (activities) conditions.push(({ activity }) => activity !== undefined && activities.includes(activity))
  }
  if (rule.for === 'purchase') conditions.push(...ofOrder(rule.when))
  return conditions
}

function ofOrder({ channel: channels, orderNumber: wanted }: Extract<EarnRule, { for: 'purchase' }>['when']): Condition[] {
  const conditions: Condition[] = []
  if (channels) conditions.push(({ channel }) => channel !== undefined && channels.includes(channel))
  if (typeof wanted === 'number') conditions.push(({ orderNumber }) => orderNumber === wanted)
  else if (wanted) conditions.push(({ orderNumber = 0 }) => orderNumber % wanted.every === 0)
  return conditions
}

function isBirthday(which: 'month' | 'day', { birthday, day }: Situation, calendar: Calendar): boolean {
  if (birthday === null) return false
  const month = Number(birthday.slice(0, 2))
  const today = calendar.dateOf(day)
  if (today.month !== month) return false
  return which === 'month' || calendar.dayOfDate({ year: today.year, month, day: Number(birthday.slice(3)) }) === day
}

function capOf(rule: EarnRule, calendar: Calendar): Condition[] {
  if (!('cap' in rule && rule.cap)) return []
  const { cap, name } = rule
  return [({ uses, day }) => timesUsed(uses, useOf(name, cap, day, calendar)) < cap.times]
}

function timesUsed(uses: Uses, { counter, period }: CapUse): number {
  const used = uses[counter]
  return used?.[0] === period ? used[1] : 0
}

export function useOf(rule: string, cap: Cap, day: number, calendar: Calendar): CapUse {
  return { counter: `${cap.every} ${rule}`, period: firstDayOfPeriod(cap, day, calendar) }
}

function firstDayOfPeriod({ every }: Cap, day: number, calendar: Calendar): number {
  switch (every) {
    case 'day':
      return day
    case 'week':
      // 1970-01-01 was a Thursday; a week of ISO 8601 begins on Monday.
      return day - ((((day + 3) % 7) + 7) % 7)
    case 'month':
      return day - calendar.dateOf(day).day + 1
    case 'year':
      return calendar.dayOfDate({ year: calendar.dateOf(day).year, month: 1, day: 1 })
    case 'ever':
      return 0
  }
}

export function use(uses: Uses, capUse: CapUse): void {
  uses[capUse.counter] = [capUse.period, timesUsed(uses, capUse) + 1]
}

export function giveUseBack(uses: Uses, capUse: CapUse): void {
  const times = timesUsed(uses, capUse)
  if (times > 0) uses[capUse.counter] = [capUse.period, times - 1]
}

/** Whether a rule that applies to the order applies to one of its lines. */
export function appliesToLine(rule: EarnRule, category: string | undefined, sku: string): boolean {
  if (rule.for === 'engagement') return false
  const { category: categories, sku: skus } = rule.when
  if (categories && !(category !== undefined && categories.includes(category))) return false
  return !skus || skus.includes(sku)
}

/** One key for all lines that no rule tells apart. */
export function lineKeys(rules: readonly EarnRule[]): (category: string | undefined, sku: string) => string {
  const categories = new Set(rules.flatMap((rule) => ('category' in rule.when ? (rule.when.category ?? []) : [])))
  const skus = new Set(rules.flatMap((rule) => ('sku' in rule.when ? (rule.when.sku ?? []) : [])))
  const named = (words: Set<string>, word: string | undefined) => (word !== undefined && words.has(word) ? word : '')
  if (skus.size === 0) return (category) => named(categories, category)
  return (category, sku) => `${named(categories, category)}\n${named(skus, sku)}`
}
