import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from '@jest/globals'
import { describeWith } from '../../../test/end-to-end/support/real-data.ts'
import type { BacktestOrigin, BacktestReport } from '../src/index.ts'
import { cdnowFile, onlineRetailFile } from './real-shops.ts'

interface Measured {
  file: string
  report: BacktestReport
  speed: { members: number; fitSeconds: number; scoreMicroseconds: number }
}

const missing = [onlineRetailFile, cdnowFile].find((file) => !existsSync(file))

describeWith(missing ?? cdnowFile, 'churn models on real shops', () => {
  let [retail, cdnow] = [] as unknown as [Measured, Measured]

  beforeAll(() => {
    // In a process of its own: under the test runner, every use of Math is many times slower.
    const { stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'backtest.ts'), '--json'], { encoding: 'utf8' })
    expect(stderr).toBe('')
    ;[retail, cdnow] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)) as [Measured, Measured]
  }, 300_000)

  test('Online Retail as of 10 September 2011: who comes back within 90 days is foretold better than by recency and the base rate', () => {
    const [autumn] = retail.report.origins as [BacktestOrigin]
    expect(autumn).toMatchObject({ origin: '2011-09-10T00:00:00.000Z', members: 3370, bought: 1919, basis: 'calibrated' })
    expect(autumn.better).toBeGreaterThan(0.05)
    expectBelowBaseRate(autumn)
  })

  test('CDNOW: the same, at three origins', () => {
    expect(cdnow.report.origins.map(({ members }) => members)).toEqual([23570, 23570, 23570])
    for (const origin of cdnow.report.origins) {
      expect(origin.better).toBeGreaterThan(0.01)
      expectBelowBaseRate(origin)
    }
  })

  test('learning takes seconds, and a score about a microsecond', () => {
    expect([retail, cdnow].map(({ speed }) => speed.members)).toEqual([4339, 23570])
    expect(retail.speed.fitSeconds).toBeLessThan(5)
    expect(cdnow.speed.fitSeconds).toBeLessThan(20)
    for (const { speed } of [retail, cdnow]) expect(speed.scoreMicroseconds).toBeLessThan(5)
  })
})

/** Of the share that did buy in the end: a lower mark than any that could have been known. */
function expectBelowBaseRate({ members, bought, contenders }: BacktestOrigin): void {
  const share = bought / members
  expect(contenders.find(({ name }) => name === 'perennial')?.brier).toBeLessThan(share * (1 - share))
}
