import type { BacktestReport } from '@perennial/shop-models'
import pc from 'picocolors'
import { toMinute } from './instant.ts'
import { count, table } from './table.ts'

/** How well each model foretold the past, for people. */
export function describeBacktest(report: BacktestReport, pictures: readonly string[]): string {
  const { origins, horizonDays, pooled } = report
  const members = origins.reduce((sum, origin) => sum + origin.members, 0)
  return [
    `Who buys nothing within ${horizonDays} days, foretold from what was known at ${origins.length === 1 ? 'one instant' : `${origins.length} instants`}:`,
    table(
      [' as of', 'members', 'bought', 'Perennial would have gone by'],
      origins.map(({ origin, members, bought, basis, model }) => [
        toMinute(origin),
        members,
        `${((100 * bought) / Math.max(1, members)).toFixed(1)} %`,
        model === null ? basis : `${basis}, ${model}`,
      ]),
    ),
    '',
    pc.bold(origins.length === 1 ? `All ${count(members)} of them` : `All ${count(members)} of them, of each instant as they were then`),
    contenderTable(pooled),
    '',
    ...describePools(pooled),
    compared(report),
    ...(pictures.length > 0 ? ['', `Written: ${pictures.join(', ')}.`] : []),
  ].join('\n')
}

function contenderTable(contenders: BacktestReport['pooled']): string {
  const digits = (value: number | null) => (value === null ? '-' : value.toFixed(4))
  return table(
    ['', 'members', 'AUC', 'Brier', 'log-loss', 'calibration error', 'lift of the riskiest tenth'],
    contenders.map(({ name, members, auc, brier, logLoss, calibrationError, lift }) => [
      name === 'perennial' ? pc.bold(name) : name,
      members,
      digits(auc),
      digits(brier),
      digits(logLoss),
      digits(calibrationError),
      lift === null ? '-' : lift.toFixed(2),
    ]),
  )
}

/** Who can say something only at the newer instants is judged by other members than the rest. */
function describePools(contenders: BacktestReport['pooled']): string[] {
  const most = Math.max(0, ...contenders.map(({ members }) => members))
  const fewer = contenders.filter(({ members }) => members < most).map(({ name }) => name)
  if (fewer.length === 0) return []
  return [`Not to be compared with the others: ${fewer.join(', ')} could not say anything at every instant.`]
}

function compared({ better, pooled }: BacktestReport): string {
  if (pooled.find(({ name }) => name === 'perennial')?.auc == null)
    return 'Whether Perennial sorts better than plain recency cannot be told: all members did the same.'
  if (better === 0) return 'Perennial equals plain recency in AUC.'
  return `Perennial is ${Math.abs(better).toFixed(4)} ${better > 0 ? 'better' : 'worse'} than plain recency in AUC.`
}
