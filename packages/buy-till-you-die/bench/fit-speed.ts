/** CPU time of each fit, in milliseconds, as JSON: on the CDNOW sample, and on all of CDNOW. */
import { gammaGamma, models } from '../src/index.ts'
import {
  calibrationEnd,
  cdnowMasterFile,
  cdnowSampleFile,
  historyInWeeks,
  holdoutEnd,
  readCdnow,
  spendOnRepeats,
} from '../src/testing/cdnow.ts'

function cpuMilliseconds(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return Math.round((user + system) / 1_000)
}

const measured = [
  { file: cdnowSampleFile, until: calibrationEnd },
  { file: cdnowMasterFile, until: holdoutEnd },
].map(({ file, until }) => {
  const customers = readCdnow(file)
  const histories = customers.map((customer) => historyInWeeks(customer, until))
  const spends = customers.map((customer) => spendOnRepeats(customer, until)).filter(({ x, mean }) => x > 0 && mean > 0)
  const fits = [
    ...Object.values(models).map((model) => [model.name, cpuMilliseconds(() => model.fit(histories))]),
    [gammaGamma.name, cpuMilliseconds(() => gammaGamma.fit(spends))],
  ]
  return { customers: customers.length, milliseconds: Object.fromEntries(fits) as Record<string, number> }
})
console.log(JSON.stringify(measured, null, 2))
