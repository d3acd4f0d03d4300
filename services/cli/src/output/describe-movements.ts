import type { AppliedRule, Cause, Earned, EarnedLine, OfDecision, OrderName, Source } from '@perennial/domain'
import { type ExplainedLot, type ExplainedMovement, sumOfMovements } from '@perennial/projector'
import { toMinute } from './instant.ts'
import { count, table } from './table.ts'

/** Every movement with its reason, and what they come to. */
export function describeMovements(movements: readonly ExplainedMovement[]): string {
  if (movements.length === 0) return 'No points were moved.'
  const extra = (['held', 'debt'] as const).filter((account) => movements.some(({ balance }) => balance[account] > 0))
  const head = ['when (UTC)', 'points', 'from → to', 'available', 'pending', ...extra, 'why']
  const rows = movements.map(({ at, points, from, to, cause, balance }) => [
    toMinute(at),
    points,
    `${from} → ${to}`,
    balance.available,
    balance.pending,
    ...extra.map((account) => balance[account]),
    describeCause(cause),
  ])
  return `${table(head, rows)}\n\n${describeSums(movements)}`
}

/** What is left, in the order in which it will be spent. */
export function describeLots(lots: readonly ExplainedLot[]): string {
  const day = (instant: string | null, otherwise: string) => (instant === null ? otherwise : toMinute(instant))
  const rows = lots.map(({ points, pendingUntil, expiresAt, source, by }) => [
    points,
    day(pendingUntil, 'available'),
    day(expiresAt, 'never'),
    `${describeSource(source)}${by ? `, ${by.programme.name} version ${by.programme.version}` : ''}`,
  ])
  return table(['points', 'pending until', 'expire (UTC)', 'from'], rows)
}

function describeSums(movements: readonly ExplainedMovement[]): string {
  const { available, pending, held, debt, issued, redeemed, expired, clawedBack, adjusted, transferred } = sumOfMovements(movements)
  const came = [
    `${count(0 - issued)} earned`,
    ...(adjusted === 0 ? [] : [`${count(0 - adjusted)} by hand`]),
    ...(transferred === 0 ? [] : [`${count(0 - transferred)} from other members`]),
  ]
  const gone = `${count(expired)} expired, ${count(clawedBack)} taken back, ${count(redeemed)} redeemed`
  const there = [`${count(available)} available`, `${count(pending)} pending`, ...(held > 0 ? [`${count(held)} held`] : []), gone]
  return `Together: ${came.join(' + ').replaceAll('+ -', '− ')} = ${there.join(' + ')}${debt < 0 ? `, less ${count(0 - debt)} owed` : ''}.`
}

const decisions: Readonly<Record<OfDecision['kind'], string>> = {
  held: 'held',
  redeemed: 'redeemed',
  captured: 'captured from hold',
  'released-from-hold': 'given back by hold',
  lapsed: 'given back by hold that lapsed:',
  cancelled: 'given back by cancelled redemption',
  'order-returned': 'given back, for the order came back that was paid with redemption',
  'taken-by-hand': 'taken by hand:',
  'given-away': 'given to another member: transfer',
}

function describeCause(cause: Cause): string {
  switch (cause.kind) {
    case 'earned': {
      const { name, version } = cause.programme
      const rounded = `rounded ${cause.rounding.mode} per ${cause.rounding.per}`
      return [
        `earned with order ${nameOf(cause.order)}: ${name} version ${version}, ${cause.tier.level}, ${rounded}`,
        ...cause.lines.map((line) => describeLine(line, cause)),
      ].join('\n')
    }
    case 'earned-by-activity': {
      const { name, version } = cause.programme
      const reference = cause.reference === undefined ? '' : ` ${cause.reference}`
      return `earned by ${cause.activity}${reference}: ${name} version ${version}, ${cause.rules.map(describeRule).join(' + ')}`
    }
    case 'released':
    case 'expired':
      return `${cause.kind}: ${describeSource(cause.source)}`
    case 'debt-paid':
      return `debt paid with points of ${describeSource(cause.source)}`
    case 'taken-back': {
      const instead = cause.insteadFrom ? `, from points of ${describeSource(cause.insteadFrom)}` : ''
      return `taken back: return ${cause.returnId} of order ${nameOf(cause.order)}, line ${cause.line} (${cause.sku})${instead}`
    }
    case 'taken-back-unmatched':
      return `taken back: return ${cause.returnId} of ${cause.sku}, no purchase of it known${from(cause.source)}`
    case 'adjusted':
      return `given by hand: ${cause.reason}, ${cause.by}${cause.approvedBy === undefined ? '' : `, approved by ${cause.approvedBy}`} (${cause.decision})`
    case 'received':
      return `received from ${cause.from}: transfer ${cause.decision}`
    default:
      return `${decisions[cause.kind]} ${cause.decision}${cause.orderId === undefined ? '' : `, order ${cause.orderId}`}${from(cause.source)}`
  }
}

function from(source: Source | undefined): string {
  return source ? `, from points of ${describeSource(source)}` : ''
}

function describeSource(source: Source): string {
  if ('order' in source) return `order ${nameOf(source.order)}`
  if ('activity' in source) return source.reference === undefined ? source.activity : `${source.activity} ${source.reference}`
  if ('adjustment' in source) return `adjustment ${source.adjustment}`
  return `transfer ${source.transfer}`
}

function describeLine({ sku, amount, points, rules }: EarnedLine, { currency, tier, combine, rounding }: Earned): string {
  const words = `  ${sku} ${amount} ${currency}: ${count(points)}`
  const excluded = rules.find((rule) => 'exclude' in rule)
  if (excluded) return `${words}, left out by ${excluded.rule}`
  const bases = rules.filter((rule) => 'per' in rule).map(describeRule)
  const factors = rules.filter((rule) => 'multiply' in rule).map(describeRule)
  if (Number(tier.multiply) !== 1) factors.push(`${tier.level} (${tier.multiply})`)
  const base = bases.length > 1 && factors.length > 0 ? `(${bases.join(' + ')})` : bases.join(' + ')
  const flat = rules.filter((rule) => 'add' in rule).map(describeRule)
  const combined =
    factors.length < 2 || combine === 'multiply' ? factors : [`${combine === 'add' ? 'sum' : 'best'} of ${factors.join(', ')}`]
  const how = [[base, ...combined].filter(Boolean).join(' × '), ...flat].filter(Boolean).join(' + its share of ')
  return `${words} by ${how}${rounding.per === 'rule' ? ', each rounded' : ''}`
}

function describeRule(rule: AppliedRule): string {
  if ('per' in rule) return `${rule.rule} (${rule.points} per ${rule.per})`
  if ('add' in rule) return `${rule.rule} (${rule.add})`
  return 'multiply' in rule ? `${rule.rule} (${rule.multiply})` : rule.rule
}

function nameOf({ source, orderId }: OrderName): string {
  return `${orderId} (${source})`
}
