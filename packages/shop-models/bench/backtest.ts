/**
 * What every model would have foretold on real shops from what was known then, against what came; and how long it takes to
 * learn and to score: `node packages/shop-models/bench/backtest.ts`. With `--json`, one line per shop and all figures.
 */
import { basename } from 'node:path'
import { dayMs } from '@perennial/domain'
import { type BacktestOrigin, backtest, type ChurnFitOptions, compileChurnModel, fitChurnModel } from '../src/index.ts'
import { type ShopMember, snapshotsBack } from '../src/testing/shop-history.ts'
import { cdnowFile, onlineRetailFile, readShop } from './real-shops.ts'

/** As a programme has them that says nothing of churn risk. */
const options: ChurnFitOptions = {
  horizonDays: 90,
  bands: { mediumFrom: 0.25, highFrom: 0.6, criticalFrom: 0.8 },
  ownRhythm: { priorDays: 60, weight: 2, shortestDays: 1, longestDays: 365, evenAt: 2 },
}

/** The newest origin ends 90 days before the data; `end` is when they end. */
const trials = [
  { file: onlineRetailFile, newest: '2011-09-10T00:00:00Z', evaluate: 2, end: '2011-12-09T18:00:00Z' },
  { file: cdnowFile, newest: '1998-04-01T05:00:00Z', evaluate: 3, end: '1998-06-30T18:00:00Z' },
]

for (const { file, newest, evaluate, end } of trials) {
  const members = await readShop(file)
  if (!members) continue
  const outcome = Date.parse(newest) + options.horizonDays * dayMs
  const report = backtest(snapshotsBack(members, outcome, options.horizonDays, evaluate + 6), { ...options, evaluate })
  const speed = measure(members, Date.parse(end))
  if (process.argv.includes('--json')) console.log(JSON.stringify({ file: basename(file), report, speed }))
  else {
    for (const origin of report.origins) print(basename(file), origin)
    const { members, fitSeconds, basis, model, scoreMicroseconds } = speed
    console.log(
      `${members} members: learnt in ${fitSeconds.toFixed(1)} s, ${basis} ${model}; a score takes ${scoreMicroseconds.toFixed(2)} µs\n`,
    )
  }
}

function print(file: string, { origin, members, bought, basis, model, better, contenders }: BacktestOrigin): void {
  console.log(`${file}, ${options.horizonDays} days from ${origin}: ${bought} of ${members} members bought.`)
  console.log(`Perennial would have gone by ${basis} ${model ?? ''}, with an AUC ${better.toFixed(4)} above plain recency's.`)
  const row = (name: string, cells: readonly string[]) =>
    console.log(`  ${name.padEnd(12)}${cells.map((cell) => cell.padStart(10)).join('')}`)
  row('', ['AUC', 'Brier', 'log-loss', 'cal.error', 'lift'])
  for (const { name, auc, brier, logLoss, calibrationError, lift } of contenders) {
    row(
      name,
      [auc, brier, logLoss, calibrationError, lift].map((value) => value?.toFixed(4) ?? '-'),
    )
  }
}

/** CPU time, on all that is known of the shop in the end. */
function measure(members: readonly ShopMember[], end: number) {
  const snapshots = snapshotsBack(members, end, options.horizonDays)
  const known = snapshots[0]?.members ?? []
  const { result: data, seconds: fitSeconds } = timed(() => fitChurnModel(snapshots, options))
  const { chanceOfPurchase } = compileChurnModel(data)
  const rounds = Math.ceil(500_000 / known.length)
  const { seconds } = timed(() => {
    for (let round = 0; round < rounds; round++) for (const { facts, silenceDays } of known) chanceOfPurchase(facts, silenceDays, round)
  })
  const { basis, model } = data
  return { members: known.length, basis, model, fitSeconds, scoreMicroseconds: (1e6 * seconds) / (rounds * known.length) }
}

function timed<T>(work: () => T): { result: T; seconds: number } {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  return { result, seconds: (user + system) / 1e6 }
}
