import type { AppliedRule, Cause, Earned, EarnedLine, OrderName } from '@perennial/domain'
import { type ExplainedMovement, sumOfMovements } from '@perennial/projector'
import { count, table } from './table.ts'

/** Every movement with its reason, and what they come to. */
export function describeMovements(movements: readonly ExplainedMovement[]): string {
  if (movements.length === 0) return 'No points were moved.'
  const withDebt = movements.some(({ balance }) => balance.debt > 0)
  const head = ['when (UTC)', 'points', 'from → to', 'available', 'pending', ...(withDebt ? ['debt'] : []), 'why']
  const rows = movements.map(({ at, points, from, to, cause, balance }) => [
    at.slice(0, 16).replace('T', ' '),
    points,
    `${from} → ${to}`,
    balance.available,
    balance.pending,
    ...(withDebt ? [balance.debt] : []),
    describeCause(cause),
  ])
  return `${table(head, rows)}\n\n${describeSums(movements)}`
}

function describeSums(movements: readonly ExplainedMovement[]): string {
  const { available, pending, debt, issued, redeemed, expired, clawedBack } = sumOfMovements(movements)
  const gone = `${count(expired)} expired, ${count(clawedBack)} taken back, ${count(redeemed)} redeemed`
  return `Together: ${count(0 - issued)} earned = ${count(available)} available + ${count(pending)} pending + ${gone}${debt < 0 ? `, less ${count(0 - debt)} owed` : ''}.`
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
    case 'released':
      return `released: order ${nameOf(cause.order)}`
    case 'expired':
      return `expired: order ${nameOf(cause.order)}`
    case 'debt-paid':
      return `debt paid with points of order ${nameOf(cause.order)}`
    case 'taken-back': {
      const instead = cause.insteadFrom ? `, from points of order ${nameOf(cause.insteadFrom)}` : ''
      return `taken back: return ${cause.returnId} of order ${nameOf(cause.order)}, line ${cause.line} (${cause.sku})${instead}`
    }
  }
}

function describeLine({ sku, amount, points, rules }: EarnedLine, { currency, tier }: Earned): string {
  const bases = rules.filter((rule) => 'per' in rule).map(describeRule)
  const factors = rules.filter((rule) => 'multiply' in rule).map(describeRule)
  if (Number(tier.multiply) !== 1) factors.push(`${tier.level} (${tier.multiply})`)
  const base = bases.length > 1 && factors.length > 0 ? `(${bases.join(' + ')})` : bases.join(' + ')
  return `  ${sku} ${amount} ${currency}: ${count(points)} by ${[base, ...factors].filter(Boolean).join(' × ')}`
}

function describeRule(rule: AppliedRule): string {
  return 'per' in rule ? `${rule.rule} (${rule.points} per ${rule.per})` : `${rule.rule} (${rule.multiply})`
}

function nameOf({ source, orderId }: OrderName): string {
  return `${orderId} (${source})`
}
