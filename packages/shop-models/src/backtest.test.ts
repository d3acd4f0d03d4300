import { describe, expect, test } from '@jest/globals'
import { areaUnderCurve, models } from '@perennial/buy-till-you-die'
import { dayMs } from '@perennial/domain'
import { diceOf, shuffled } from '../../../test/support/dice.ts'
import { brierScore } from './accuracy.ts'
import { type BacktestOptions, type BacktestOrigin, type BacktestReport, backtest, type ContenderReport } from './backtest.ts'
import { askAll } from './calibration.ts'
import { compileChurnModel } from './compile-churn-model.ts'
import { fitChurnModel } from './fit-churn-model.ts'
import { originOf } from './origins.ts'
import type { ShopSnapshot } from './snapshot.ts'
import { asOf, options, simulatedShop, snapshotsOf } from './testing/simulated-shop.ts'

const toTry: BacktestOptions = { ...options, evaluate: 2 }
const shop = simulatedShop({ members: 500 })
const snapshots = snapshotsOf(shop, 8)
const report = backtest(snapshots, toTry)

const named = ({ contenders }: Pick<BacktestOrigin, 'contenders'>, wanted: string) =>
  contenders.find(({ name }) => name === wanted) as ContenderReport
const pooled = (wanted: string) => named({ contenders: report.pooled }, wanted)

describe('a backtest', () => {
  test('tries everything at each origin, the newest first', () => {
    expect(report.origins.map(({ origin }) => origin)).toEqual([90, 180].map((days) => new Date(asOf - days * dayMs).toISOString()))
    const names = ['perennial', 'calibrated', ...Object.keys(models), 'own-rhythm', 'recency', 'frequency', 'rfm', 'base-rate']
    for (const { contenders, members } of report.origins) {
      expect(contenders.map(({ name }) => name)).toEqual(names)
      for (const contender of contenders) expect(contender.members).toBe(members)
    }
    expect(report.pooled.map(({ name }) => name)).toEqual(names)
  })

  test('Perennial is what it would have learnt then, from what was known then', () => {
    const [later, origin] = snapshots as [ShopSnapshot, ShopSnapshot]
    const learnt = fitChurnModel(snapshots.slice(1, 7), options)
    const { bought } = originOf(origin, later)
    const chances = askAll(compileChurnModel(learnt), origin.members)
    expect(report.origins[0]).toMatchObject({
      basis: learnt.basis,
      model: learnt.model,
      members: bought.length,
      bought: bought.filter(Boolean).length,
    })
    expect(named(report.origins[0] as BacktestOrigin, 'perennial')).toMatchObject({
      auc: expect.closeTo(areaUnderCurve(chances, bought), 12),
      brier: expect.closeTo(brierScore(chances, bought), 12),
    })
  })

  test('the model that is true sorts better than recency, and its probabilities come as foretold', () => {
    expect(pooled('mbg-nbd').auc).toBeGreaterThan((pooled('recency').auc as number) + 0.01)
    expect(pooled('mbg-nbd').calibrationError).toBeLessThan(0.04)
    for (const { members, foretold, observed } of pooled('mbg-nbd').curve ?? []) {
      expect(Math.abs(foretold - observed)).toBeLessThan(4 * Math.sqrt(0.25 / members))
    }
    expect(pooled('perennial').brier).toBeLessThan(pooled('base-rate').brier as number)
  })

  test('a model that does not know that members leave comes out worse', () => {
    expect(pooled('nbd').logLoss).toBeGreaterThan((pooled('mbg-nbd').logLoss as number) + 0.05)
    expect(pooled('nbd').calibrationError).toBeGreaterThan(0.1)
  })

  test('rankings have no probabilities; lift they have', () => {
    for (const name of ['recency', 'frequency', 'rfm']) {
      expect(pooled(name)).toMatchObject({ brier: null, logLoss: null, calibrationError: null, curve: null })
      expect(pooled(name).lift).toBeGreaterThan(1)
    }
  })

  test('who tells everybody the same tells nobody apart, also over several origins', () => {
    for (const origin of report.origins) {
      const baseRate = named(origin, 'base-rate')
      expect(baseRate).toMatchObject({ auc: null, lift: null, liftCurve: null, brier: expect.any(Number) })
      expect(baseRate.curve).toHaveLength(1)
    }
    expect(pooled('base-rate')).toMatchObject({ auc: null, lift: null, liftCurve: null, logLoss: expect.any(Number) })
  })

  test('over several origins, counts of whom each could say something', () => {
    const short = backtest(snapshots.slice(0, 4), { ...toTry, evaluate: 3 })
    const of = (wanted: string) => named({ contenders: short.pooled }, wanted).members
    const oldest = short.origins.at(-1) as BacktestOrigin
    expect(of('perennial')).toBe(short.origins.reduce((sum, { members }) => sum + members, 0))
    expect(of('base-rate')).toBe(of('perennial') - oldest.members)
  })

  test('is not held to what became of members who were merged into others, and all say the same of the rest', () => {
    const [later, ...before] = snapshots as [ShopSnapshot, ...ShopSnapshot[]]
    const merged = before[0]?.members[3]?.memberId
    const { origins } = backtest([{ ...later, members: later.members.filter(({ memberId }) => memberId !== merged) }, ...before], {
      ...toTry,
      evaluate: 1,
    })
    const [origin] = origins as [BacktestOrigin]
    expect(origin.members).toBe((report.origins[0]?.members as number) - 1)
    for (const { members } of origin.contenders) expect(members).toBe(origin.members)
    expect(origin.model).toBe(report.origins[0]?.model)
  })

  test('says by how much Perennial beats recency', () => {
    expect(report.better).toBeGreaterThan(0.01)
    expect(report.better).toBe((pooled('perennial').auc as number) - (pooled('recency').auc as number))
    for (const origin of report.origins) {
      expect(origin.better).toBe((named(origin, 'perennial').auc as number) - (named(origin, 'recency').auc as number))
    }
  })

  test('is the same bytes, whatever order the members came in, and plain JSON', () => {
    const mixed = snapshots.map(({ at, members }) => ({
      at,
      members: shuffled(members, diceOf(at / dayMs)).sort((a, b) => (a.memberId < b.memberId ? -1 : 1)),
    }))
    const again = JSON.stringify(backtest(mixed, toTry))
    expect(again).toBe(JSON.stringify(report))
    expect(JSON.parse(again)).toEqual(report)
  })
})

describe('a backtest of a short history', () => {
  test('goes back as far as there are members, and who can say nothing yet is left out', () => {
    const young = snapshotsOf(
      shop.map((member) => ({ ...member, purchases: member.purchases.filter(({ at }) => at > asOf - 170 * dayMs) })),
      8,
    )
    const told: number[][] = []
    const { origins, better } = backtest(young, { ...toTry, onProgress: (done, total) => told.push([done, total]) })
    expect(origins).toHaveLength(1)
    expect(origins[0]).toMatchObject({ basis: 'own-rhythm', model: null })
    const names = origins[0]?.contenders.map(({ name }) => name)
    expect(names).not.toContain('calibrated')
    expect(names).not.toContain('base-rate')
    expect(better).toBeGreaterThan(-0.5)
    expect(told).toEqual([1, 2, 3, 4, 5, 6].map((done) => [done, 6]))
  })

  test('where nobody bought there is nothing to sort', () => {
    const closed = snapshotsOf(
      simulatedShop({ members: 40 }).map((member) => ({
        ...member,
        purchases: member.purchases.filter(({ at }) => at < asOf - 90 * dayMs),
      })),
      8,
    )
    const { origins, better } = backtest(closed, { ...toTry, evaluate: 1 })
    expect(origins[0]).toMatchObject({ bought: 0, better: 0 })
    expect(named(origins[0] as BacktestOrigin, 'perennial')).toMatchObject({
      auc: null,
      lift: null,
      liftCurve: null,
      brier: expect.any(Number),
    })
    expect(better).toBe(0)
  })

  test('without history there is nothing to try', () => {
    const empty: BacktestReport = { horizonDays: 90, origins: [], pooled: [], better: 0 }
    expect(backtest([], toTry)).toEqual(empty)
    expect(backtest(snapshotsOf([], 8), toTry)).toEqual(empty)
  })
})
