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
    pc.bold(`All ${count(members)} of them`),
    contenderTable(pooled),
    '',
    `Perennial ${compared(report.better)} plain recency in AUC.`,
    ...(pictures.length > 0 ? ['', `Written: ${pictures.join(', ')}.`] : []),
  ].join('\n')
}

function contenderTable(contenders: BacktestReport['pooled']): string {
  const digits = (value: number | null) => (value === null ? '-' : value.toFixed(4))
  return table(
    ['', 'AUC', 'Brier', 'log-loss', 'calibration error', 'lift of the riskiest tenth'],
    contenders.map(({ name, auc, brier, logLoss, calibrationError, lift }) => [
      name === 'perennial' ? pc.bold(name) : name,
      digits(auc),
      digits(brier),
      digits(logLoss),
      digits(calibrationError),
      lift === null ? '-' : lift.toFixed(2),
    ]),
  )
}

function compared(better: number): string {
  if (better === 0) return 'equals'
  return better > 0 ? `is ${better.toFixed(4)} better than` : `is ${(-better).toFixed(4)} worse than`
}
