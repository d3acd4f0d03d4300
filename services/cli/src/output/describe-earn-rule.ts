import { type EarnRule, orList } from '@perennial/contracts'
import { count } from './table.ts'

type PurchaseRule = Extract<EarnRule, { for: 'purchase' }>
type Cap = NonNullable<Extract<EarnRule, { add: number }>['cap']>

/** What a rule gives, and when: "30 points for a review, at most twice a month (review)". */
export function describeEarnRule(rule: EarnRule): string {
  const said = [whatItGives(rule), ...whenOf(rule)].join(', ')
  const cap = 'cap' in rule && rule.cap ? `, at most ${describeCap(rule.cap)}` : ''
  return `${said}${cap} (${rule.name})`
}

function whatItGives(rule: EarnRule): string {
  if (rule.for === 'engagement') {
    const { activity } = rule.when
    return `${points(rule.add)} for ${activity ? orList(activity.map((word) => `“${word}”`)) : 'any activity'}`
  }
  if ('per' in rule) return `${points(rule.points)} for each ${rule.per} paid${goodsOf(rule, ' for ')}`
  if ('multiply' in rule) return `points × ${rule.multiply}${goodsOf(rule, ' on ')}`
  if ('add' in rule) return `${points(rule.add)} for ${orderOf(rule)}${goodsOf(rule, ' with ')}`
  return `nothing${goodsOf(rule, ' for ')}`
}

function goodsOf({ when: { category, sku } }: PurchaseRule, before: string): string {
  if (!category && !sku) return ''
  return before + [...(category ? [orList(category)] : []), ...(sku ? [`article ${orList(sku)}`] : [])].join(', ')
}

function whenOf(rule: EarnRule): string[] {
  const { tier, from, until, birthday } = rule.when
  const parts: string[] = []
  if (rule.for === 'purchase') {
    const { channel, orderNumber } = rule.when
    if (channel) parts.push(`through ${orList(channel)}`)
    if (orderNumber !== undefined && !('add' in rule)) parts.push(`with ${orderOf(rule)}`)
  }
  if (tier) parts.push(`for ${orList(tier)}`)
  if (birthday) parts.push(birthday === 'month' ? 'in the month of the birthday' : 'on the birthday')
  if (from || until) parts.push([from && `from ${from}`, until && `until ${until}`].filter(Boolean).join(' '))
  return parts
}

function orderOf({ when: { orderNumber } }: PurchaseRule): string {
  if (orderNumber === undefined) return 'an order'
  return typeof orderNumber === 'number' ? `the ${ordinal(orderNumber)} order` : `every ${ordinal(orderNumber.every)} order`
}

function describeCap({ times, every }: Cap): string {
  const often = times === 1 ? 'once' : times === 2 ? 'twice' : `${count(times)} times`
  return every === 'ever' ? often : `${often} a ${every}`
}

export function points(number: number): string {
  return `${count(number)} ${number === 1 ? 'point' : 'points'}`
}

/** 1st, 2nd, 3rd, 4th, 11th, 21st. */
export function ordinal(number: number): string {
  const teen = number % 100 >= 11 && number % 100 <= 13
  return `${number}${(!teen && ['th', 'st', 'nd', 'rd'][number % 10]) || 'th'}`
}
