import { describe, expect, test } from '@jest/globals'
import { continuousRate, gammaGamma, mbgNbd } from '@perennial/buy-till-you-die'
import { modelData, type ValueModelData } from '@perennial/contracts'
import { diceOf, shuffled } from '../../../test/support/dice.ts'
import { expectNear } from '../../buy-till-you-die/src/testing/near.ts'
import { idOf, member, shopAt, shopOf, simulatedMembers, spendTruth, timingTruth } from './testing/value-shop.ts'
import { compileValueModel, fitValueModel } from './value-model.ts'

const simulated = simulatedMembers(600, 3)
const repeatBuyers = simulated.filter(({ facts }) => facts.days >= 2).length

describe('what is learnt of value', () => {
  const fitted = fitValueModel(shopOf(...simulated))

  test('is an event as it stands in the log', () => {
    expect(modelData.ValueModelFitted.parse(JSON.parse(JSON.stringify(fitted)))).toEqual(fitted)
    expect(fitted).toMatchObject({ asOf: '2025-01-01T00:00:00.000Z', members: 600, refused: [] })
    expect(fitted.dataHash).toMatch(/^[0-9a-f]{64}$/)
  })

  test('is when members buy, by MBG/NBD on whole days', () => {
    const observations = simulated.map(({ facts, silenceDays }) => ({
      x: facts.days - 1,
      tx: facts.lastDay - facts.firstDay,
      T: facts.lastDay - facts.firstDay + Math.floor(silenceDays),
    }))
    const { parameters, logLikelihood } = mbgNbd.fit(observations)
    expect(fitted.timing).toEqual({ model: 'mbg-nbd', parameters, logLikelihood })
    expect(logLikelihood).toBeGreaterThanOrEqual(mbgNbd.logLikelihood(timingTruth, observations))
  })

  test('is what they spend, by currency', () => {
    const yen = simulatedMembers(120, 4, 'JPY')
    const both = fitValueModel(shopOf(...simulated, ...yen))
    expect(both.spend.GBP).toEqual(fitted.spend.GBP)
    expect(both.spend.GBP?.members).toBe(repeatBuyers)
    expect(Object.keys(both.spend)).toEqual(['GBP', 'JPY'])
    expect(both.cutPoints?.netSpend.GBP).toEqual(fitted.cutPoints?.netSpend.GBP)
  })

  test('is the same bytes whatever order the members came in', () => {
    const mixed = shuffled(simulated, diceOf(9)).sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
    expect(JSON.stringify(fitValueModel(shopOf(...mixed)))).toBe(JSON.stringify(fitted))
  })

  test('bears the mark of every fact', () => {
    const [first, ...others] = simulated as [(typeof simulated)[0], ...typeof simulated]
    const other = { ...first, facts: { ...first.facts, returned: first.facts.returned + 1 } }
    expect(fitValueModel(shopOf(other, ...others)).dataHash).not.toBe(fitted.dataHash)
  })
})

describe('what cannot be fitted', () => {
  test('is refused in words, and members are measured all the same', () => {
    const few = Array.from({ length: 30 }, (_, index) => member(idOf(index), { days: 1 + (index % 2), lastDay: index % 2 }))
    expect(fitValueModel(shopOf(...few))).toMatchObject({
      members: 30,
      cutPoints: { shoppingDays: [1, 1, 2, 2] },
      timing: null,
      spend: {},
      refused: [
        'when members buy: 15 members came back, and the model needs 200',
        'what is spent in GBP: 15 members came back and spent something net, and the model needs 50',
      ],
    })
  })

  test('is when members buy, where fewer than two hundred came back', () => {
    const cameBack = simulated.filter(({ facts }) => facts.days >= 2)
    const once = simulated.filter(({ facts }) => facts.days === 1)
    expect(fitValueModel(shopOf(...cameBack.slice(0, 199), ...once))).toMatchObject({
      timing: null,
      refused: ['when members buy: 199 members came back, and the model needs 200'],
    })
    expect(fitValueModel(shopOf(...cameBack.slice(0, 200), ...once)).refused).toEqual([])
  })

  test('is when members buy, where the data do not determine it', () => {
    // All of them bought on just the same days: there is nothing that varies.
    const alike = Array.from({ length: 250 }, (_, index) => member(idOf(index), { days: 11, lastDay: 100, gross: 50_00 + index }))
    expect(fitValueModel(shopOf(...alike))).toMatchObject({
      timing: null,
      refused: [
        expect.stringMatching(/^when members buy, mbg-nbd: the data do not determine /),
        expect.stringMatching(/^when members buy, nbd: the data do not determine /),
        expect.any(String),
      ],
    })
  })

  test('where nobody is seen to leave, is only the dropout: what members are worth is still foretold', () => {
    // Everybody shops at a pace of their own, up to the last days.
    const faithful = Array.from({ length: 400 }, (_, index) => {
      const days = 3 + ((index * 7) % 20)
      return member(idOf(index), { days, lastDay: 365 - (index % 9), gross: days * (10_00 + ((index * 37) % 900)) }, index % 9)
    })
    const fitted = fitValueModel(shopOf(...faithful))
    expect(fitted.timing?.model).toBe('nbd')
    expect(fitted.refused).toEqual([expect.stringMatching(/^when members buy, mbg-nbd: the data do not determine /)])
    const { facts, silenceDays } = faithful[0] as (typeof faithful)[number]
    expect(compileValueModel(fitted).lifetimeValue(facts, silenceDays, { yearlyDiscount: 0.1, horizonDays: 365 })).toBeGreaterThan(0)
  })

  test('in an empty shop is everything', () => {
    expect(fitValueModel(shopOf())).toMatchObject({ members: 0, cutPoints: null, timing: null, spend: {} })
  })
})

describe('as the folds and rows ask it, a value model', () => {
  const data: ValueModelData = {
    asOf: '2025-01-01T00:00:00.000Z',
    members: 600,
    dataHash: '',
    cutPoints: { silenceDays: [10, 20, 30, 40], shoppingDays: [1, 2, 3, 4], netSpend: { GBP: [1_00, 2_00, 3_00, 4_00] } },
    timing: { model: 'mbg-nbd', parameters: timingTruth, logLikelihood: -1 },
    spend: { GBP: { parameters: spendTruth, logLikelihood: -1, members: 400, correlation: 0 } },
    refused: [],
  }
  const model = compileValueModel(data)
  const terms = { yearlyDiscount: 0.1, horizonDays: 1_095 }
  const { facts } = member('ann', { days: 8, firstDay: 20_000, lastDay: 20_245, gross: 240_00, returned: 24_00 })

  test('has the cut points', () => {
    expect(model).toMatchObject({ asOf: shopAt, silenceDays: [10, 20, 30, 40], shoppingDays: [1, 2, 3, 4] })
    expect(model.netSpend('GBP')).toEqual([1_00, 2_00, 3_00, 4_00])
    expect(model.netSpend('JPY')).toBeNull()
    expect(compileValueModel({ ...data, cutPoints: null })).toMatchObject({ silenceDays: null, shoppingDays: null })
  })

  test('foretells what buy-till-you-die does: purchases of each day, discounted from that day, times the expected spend', () => {
    const history = { x: 7, tx: 245, T: 245 + 27.02 }
    const rate = continuousRate(0.1, 365)
    let purchases = 0
    for (let day = 0; day < 1_095; day++) {
      const more = mbgNbd.expectedPurchases(timingTruth, history, day + 1) - mbgNbd.expectedPurchases(timingTruth, history, day)
      purchases += more * Math.exp(-rate * (day + 0.5))
    }
    const mean = 216_00 / 8
    const { p, q, gamma } = spendTruth
    const spend = (p * (gamma + 8 * mean)) / (p * 8 + q - 1)
    const foretold = model.lifetimeValue(facts, 27.02, terms) as number
    expectNear(foretold, purchases * spend, 1e-6)
    expect(foretold).toBe(
      mbgNbd.discountedPurchases(timingTruth, history, { rate, horizon: 1_095 }) * gammaGamma.expectedSpend(spendTruth, { x: 8, mean }),
    )
  })

  test('foretells less the longer the silence, the nearer the horizon and the higher the discount', () => {
    const now = model.lifetimeValue(facts, 5, terms) as number
    expect(model.lifetimeValue(facts, 50, terms)).toBeLessThan(now)
    expect(model.lifetimeValue(facts, 5, { ...terms, horizonDays: 365 })).toBeLessThan(now)
    expect(model.lifetimeValue(facts, 5, { ...terms, yearlyDiscount: 0.2 })).toBeLessThan(now)
  })

  test('counts net spend below nothing as nothing', () => {
    const inDebt = model.lifetimeValue({ ...facts, returned: 900_00 }, 5, terms)
    expect(inDebt).toBe(model.lifetimeValue({ ...facts, returned: 240_00 }, 5, terms))
    expect(inDebt).toBeGreaterThan(0)
  })

  test('foretells nothing without a shopping day, a model of the timing, or one of the spend in that currency', () => {
    expect(model.lifetimeValue({ ...facts, days: 0 }, 5, terms)).toBeNull()
    expect(model.lifetimeValue({ ...facts, currency: 'JPY' }, 5, terms)).toBeNull()
    expect(model.lifetimeValue({ ...facts, currency: null }, 5, terms)).toBeNull()
    expect(compileValueModel({ ...data, timing: null }).lifetimeValue(facts, 5, terms)).toBeNull()
    expect(compileValueModel({ ...data, spend: {} }).lifetimeValue(facts, 5, terms)).toBeNull()
  })

  test('nothing either where the expected spend does not exist', () => {
    const spend = { GBP: { parameters: { p: 0.3, q: 0.5, gamma: 1 }, logLikelihood: -1, members: 400, correlation: 0 } }
    const wild = { ...data, spend }
    expect(compileValueModel(wild).lifetimeValue({ ...facts, days: 1, lastDay: facts.firstDay }, 5, terms)).toBeNull()
    expect(compileValueModel(wild).lifetimeValue(facts, 5, terms)).toBeGreaterThan(0)
  })
})
