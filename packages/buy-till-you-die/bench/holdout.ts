/**
 * How well each model, fitted on the first 39 weeks of the CDNOW sample, foretells the 39 that follow. Writes the tables
 * into docs/churn-models.md; with --check, fails where they are not what is written there.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  areaUnderCurve,
  correlation,
  type Fit,
  type History,
  meanAbsoluteError,
  models,
  type Parameters,
  rootMeanSquareError,
} from '../src/index.ts'
import {
  calibrationEnd,
  cdnowSampleFile,
  historyInWeeks,
  holdoutEnd,
  holdoutWeeks,
  purchaseDaysBetween,
  readCdnow,
} from '../src/testing/cdnow.ts'

const page = join(import.meta.dirname, '../../../docs/churn-models.md')
const [start, end] = ['<!-- holdout: written by npm run models:holdout -->', '<!-- end of holdout -->']

function holdoutTables(): string {
  const customers = readCdnow(cdnowSampleFile)
  const histories = customers.map((customer) => historyInWeeks(customer, calibrationEnd))
  const actual = customers.map((customer) => purchaseDaysBetween(customer, calibrationEnd, holdoutEnd))
  const returned = actual.map((purchases) => purchases > 0)
  const auc = (score: (history: History) => number) => areaUnderCurve(histories.map(score), returned).toFixed(4)

  const fits = Object.values(models).map((model) => ({ model, fit: model.fit(histories) as Fit<Parameters> }))
  const foretold = fits.map(({ model, fit }) => {
    const given = fit.parameters as never
    const predicted = histories.map((history) => model.expectedPurchases(given, history, holdoutWeeks))
    return [
      model.name,
      sum(predicted).toFixed(0),
      correlation(predicted, actual).toFixed(4),
      meanAbsoluteError(predicted, actual).toFixed(4),
      rootMeanSquareError(predicted, actual).toFixed(4),
      auc((history) => model.probabilityOfPurchase(given, history, holdoutWeeks)),
      auc((history) => model.probabilityAlive(given, history)),
    ]
  })
  return [
    `${customers.length.toLocaleString('en')} customers, of whom ${returned.filter(Boolean).length} came back and made ${sum(actual).toLocaleString('en')} purchases.`,
    table(
      ['', 'purchases foretold', 'correlation', 'MAE', 'RMSE', 'AUC of coming back', 'AUC of P(alive)'],
      [
        ...foretold,
        ['plain recency', '', '', '', '', auc(({ tx, T }) => tx - T), ''],
        ['plain frequency', '', '', '', '', auc(({ x }) => x), ''],
      ],
    ),
    'Fitted on:',
    table(
      ['', 'parameters', 'log-likelihood'],
      fits.map(({ model, fit }) => [model.name, inWords(fit.parameters), fit.logLikelihood.toFixed(2)]),
    ),
  ].join('\n\n')
}

function inWords(parameters: Parameters): string {
  const signs: Readonly<Record<string, string>> = { alpha: 'α', beta: 'β' }
  return Object.entries(parameters)
    .map(([name, value]) => `${signs[name] ?? name} ${Number.isInteger(value) ? value : value.toFixed(4)}`)
    .join(', ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map((_, column) => (column === 0 ? '---' : '--:')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

const text = readFileSync(page, 'utf8')
const [before, after] = [text.indexOf(start), text.indexOf(end)]
if (before === -1 || after === -1) throw new Error(`${page} has no place for the tables`)
const written = `${text.slice(0, before)}${start}\n\n${holdoutTables()}\n\n${text.slice(after)}`
if (!process.argv.includes('--check')) {
  writeFileSync(page, written)
  console.log(written.slice(before, written.indexOf(end)))
} else if (written !== text) {
  console.error('docs/churn-models.md is not what the models say: npm run models:holdout')
  process.exitCode = 1
}
