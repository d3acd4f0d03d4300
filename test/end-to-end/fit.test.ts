import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { ChurnModelData, ChurnRiskRow, LifecycleRow, ValueRow } from '@perennial/contracts'
import { sampleShop } from '@perennial/sample-shop'
import { exportAll, newCommandLine, purchase, rowsOf, temporaryDirectory, toNdjson, writeFile } from './support/command-line.ts'
import { describeWith, onlineRetailFile } from './support/real-data.ts'

type Learnt = { type: string; id: string; isNew: boolean; data: Record<string, unknown> }[]

interface Report {
  horizonDays: number
  origins: { origin: string; members: number; bought: number; basis: string }[]
  pooled: { name: string; members: number; auc: number; brier: number | null; logLoss: number | null }[]
  better: number
}

const now = '2026-01-01'
const made = { members: 700, seed: 7, from: '2024-01-01', to: '2025-12-31' }
const events = [...sampleShop(made)]

function contender(report: Report, name: string) {
  const found = report.pooled.find((each) => each.name === name)
  if (!found) throw new Error(`no contender ${name} among ${report.pooled.map((each) => each.name).join(', ')}`)
  return found
}

describe('a shop that learns from its members', () => {
  const cli = newCommandLine()
  const at = (...args: string[]) => ['--now', now, ...args]
  let learnt: Learnt
  beforeAll(async () => {
    await cli.ok(...at('publish', writeFile('events.ndjson', toNdjson(events))))
    learnt = await cli.json<Learnt>(...at('fit', '--as-of', '2025-12-01'))
  }, 120_000)

  test('before anything is learnt, risk is that of the member’s own rhythm, and nobody has a value', async () => {
    const risks = rowsOf<ChurnRiskRow>(await cli.ok(...at('export', 'churn-risk', '--as-of', '2025-11-30')))
    expect(new Set(risks.map(({ basis }) => basis))).toEqual(
      new Set(['own-rhythm', null].slice(0, risks.some((r) => r.basis === null) ? 2 : 1)),
    )
    const values = rowsOf<ValueRow>(await cli.ok(...at('export', 'value', '--as-of', '2025-11-30')))
    expect(new Set(values.map(({ basis, segment }) => `${basis} ${segment}`))).toEqual(new Set(['not-fitted unknown']))
  })

  test('what was learnt are three decisions, each in force from its as-of on', async () => {
    expect(learnt.map(({ type, isNew }) => [type, isNew])).toEqual([
      ['ChurnModelFitted', true],
      ['RhythmMeasured', true],
      ['ValueModelFitted', true],
    ])
    const churn = learnt[0]?.data as ChurnModelData
    expect(churn).toMatchObject({ asOf: '2025-12-01T00:00:00.000Z', horizonDays: 90, basis: expect.stringMatching(/^(calibrated|model)$/) })
    const risks = rowsOf<ChurnRiskRow>(await cli.ok(...at('export', 'churn-risk')))
    const judged = risks.filter(({ shoppingDays }) => shoppingDays > 0)
    expect(judged.length).toBeGreaterThan(400)
    for (const row of judged) {
      expect(row).toMatchObject({ basis: churn.basis, model: churn.model, modelAsOf: '2025-12-01T00:00:00.000Z', horizonDays: 90 })
      expect(row.drivers.length).toBeGreaterThan(0)
    }
    expect(new Set(judged.map(({ band }) => band)).size).toBeGreaterThan(2)
  })

  test('the rhythm of the shop judges silences that began after it was measured', async () => {
    const { p50: median } = ((learnt[1] as Learnt[number]).data as { gapDays: { p50: number } }).gapDays
    const rows = rowsOf<LifecycleRow>(await cli.ok(...at('export', 'lifecycle')))
    const bought = (from: string, until: string) =>
      rows.filter(
        ({ shoppingDays, lastPurchaseAt }) => shoppingDays === 1 && String(lastPurchaseAt) >= from && String(lastPurchaseAt) < until,
      )
    for (const row of bought('2025-12-02', '2026-01-01')) expect(row.rhythmDays).toBeCloseTo(median, 1)
    for (const row of bought('2024-01-01', '2025-11-30')) expect(row.rhythmDays).toBe(60)
    expect(bought('2025-12-02', '2026-01-01').length + bought('2024-01-01', '2025-11-30').length).toBeGreaterThan(0)
  })

  test('members have scores, a segment and a lifetime value', async () => {
    const rows = rowsOf<ValueRow>(await cli.ok(...at('export', 'value'))).filter(({ recency }) => recency !== null)
    expect(rows.length).toBeGreaterThan(400)
    for (const score of [1, 2, 3, 4, 5]) expect(rows.filter(({ recency }) => recency === score).length).toBeGreaterThan(0)
    for (const row of rows) {
      expect(Number(row.lifetimeValue)).toBeGreaterThanOrEqual(0)
      expect(row.segment).not.toBe('unknown')
    }
  })

  test('learnt again, it is known; and the read models say what the streams say', async () => {
    const again = await cli.json<Learnt>(...at('fit', '--as-of', '2025-12-01'))
    expect(again.map(({ id, isNew }) => [id, isNew])).toEqual(learnt.map(({ id }) => [id, false]))
    expect(await cli.ok(...at('verify'))).toContain('Every read model says what the streams say.')
    const before = await exportAll(cli, now)
    await cli.ok(...at('rebuild'))
    expect(await exportAll(cli, now)).toEqual(before)
  }, 120_000)

  test('the same events in another order teach the same, to the byte', async () => {
    const other = newCommandLine()
    const shuffled = events.map((event, index) => ({ event, key: (index * 7_919) % events.length })).sort((a, b) => a.key - b.key)
    await other.ok(...at('publish', writeFile('shuffled.ndjson', toNdjson(shuffled.map(({ event }) => event)))))
    expect(await other.json<Learnt>(...at('fit', '--as-of', '2025-12-01'))).toEqual(learnt)
    expect(await exportAll(other, now)).toEqual(await exportAll(cli, now))
    const backtest = at('--json', 'churn', 'backtest', '--from', '2025-06-01', '--to', '2025-10-01')
    expect(await other.ok(...backtest)).toBe(await cli.ok(...backtest))
  }, 180_000)

  test('a model of a later day leaves last month’s scores as they were', async () => {
    const lastMonth = at('export', 'churn-risk', '--as-of', '2025-12-10')
    const before = await cli.ok(...lastMonth)
    const shown = await cli.ok(...at('churn', 'show', '--as-of', '2025-12-10'))
    const [later] = await cli.json<Learnt>(...at('churn', 'fit', '--model', 'mbg-nbd'))
    expect(later?.data).toMatchObject({ asOf: '2026-01-01T00:00:00.000Z', candidates: [{ model: 'mbg-nbd' }] })
    expect(await cli.ok(...lastMonth)).toBe(before)
    expect(await cli.ok(...at('churn', 'show', '--as-of', '2025-12-10'))).toBe(shown)
    expect(await cli.ok(...at('churn', 'show'))).toContain('mbg-nbd')
    expect(rowsOf<ChurnRiskRow>(await cli.ok(...at('export', 'churn-risk')))[0]).toMatchObject({ modelAsOf: '2026-01-01T00:00:00.000Z' })
  }, 120_000)

  test('its past says how well each model would have foretold it, in words, numbers and pictures', async () => {
    const directory = join(temporaryDirectory(), 'new', 'pictures')
    const text = await cli.ok(...at('churn', 'backtest', '--from', '2025-03-01', '--svg', directory))
    for (const name of ['perennial', 'recency', 'frequency', 'rfm', 'mbg-nbd']) expect(text).toContain(name)
    expect(text).toContain(join(directory, 'lift.svg'))
    for (const picture of ['calibration.svg', 'lift.svg'])
      expect(readFileSync(join(directory, picture), 'utf8')).toMatch(/^<svg[\s\S]*members who buy nothing within 90 days[\s\S]*perennial/)
    const report = await cli.json<Report>(...at('churn', 'backtest', '--from', '2025-03-01'))
    expect(report.origins.length).toBeGreaterThan(1)
    expect(contender(report, 'perennial').auc).toBeGreaterThan(0.5)
    expect(contender(report, 'base-rate').auc).toBeNull()
    expect(contender(report, 'perennial').members).toBe(report.origins.reduce((sum, { members }) => sum + members, 0))
  }, 120_000)

  test('pictures that cannot be written are refused before anything is computed', async () => {
    const file = writeFile('in-the-way', '')
    const backtest = at('churn', 'backtest', '--svg')
    expect(await cli.failure(...backtest, file)).toMatchObject({
      code: 'file-not-readable',
      message: expect.stringContaining('A file of that name is in the way.'),
    })
    const inside = await cli.failure(...backtest, join(file, 'pictures'))
    expect(inside).toMatchObject({ code: 'file-not-readable', message: expect.stringContaining('A part of the path is a file.') })
  })

  test.each([
    [['fit', '--as-of', '2027-01-01'], 'not-yet'],
    [['fit', '--as-of', '2001-01-01'], 'nothing-to-learn'],
    [['fit', '--as-of', 'yesterday'], 'usage'],
    [['fit', '--only', 'tier'], 'usage'],
    [['churn', 'fit', '--model', 'magic'], 'usage'],
    [['churn', 'backtest', '--to', '2025-12-31'], 'not-yet'],
    [['churn', 'backtest', '--from', '2025-12-31', '--to', '2025-06-01'], 'usage'],
    [['churn', 'backtest', '--horizon', '90'], 'usage'],
  ])('%j is refused with %s', async (args, code) => {
    expect(await cli.failure(...at(...args))).toMatchObject({ code })
  })
})

test('a shop that is too small goes by each member’s own rhythm, and says why', async () => {
  const cli = newCommandLine()
  await cli.ok('--now', '2025-03-01', 'publish', writeFile('few.ndjson', toNdjson([purchase('ann', '2025-01-10T10:00:00Z', 'o-1')])))
  const text = await cli.ok('--now', '2025-03-01', 'fit')
  expect(text).toContain('own rhythm')
  expect(text).toContain('1 member as of')
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  expect(new Set(lines).size).toBe(lines.length)
  const [row] = rowsOf<ChurnRiskRow>(await cli.ok('--now', '2025-03-01', 'export', 'churn-risk'))
  expect(row).toMatchObject({ basis: 'own-rhythm', model: null })
})

describeWith(onlineRetailFile, 'Online Retail, foretold from 2011-09-10 for 90 days', () => {
  const cli = newCommandLine()
  let report: Report
  beforeAll(async () => {
    await cli.ok('--now', '2011-12-10', 'import', 'online-retail', onlineRetailFile)
    report = await cli.json<Report>('--now', '2011-12-10', 'churn', 'backtest', '--to', '2011-09-10', '--horizon', 'P90D')
  }, 240_000)

  test('sorts members no worse than plain recency', () => {
    expect(contender(report, 'perennial').auc).toBeGreaterThanOrEqual(contender(report, 'recency').auc)
    expect(report.better).toBeCloseTo(contender(report, 'perennial').auc - contender(report, 'recency').auc, 10)
  })

  test('is closer to what came than the base rate', () => {
    expect(contender(report, 'perennial').brier).toBeLessThan(contender(report, 'base-rate').brier as number)
  })
})
