import { describe, expect, test } from '@jest/globals'
import { models } from '@perennial/buy-till-you-die'
import { modelData } from '@perennial/contracts'
import { dayMs } from '@perennial/domain'
import { diceOf, shuffled } from '../../../test/support/dice.ts'
import { fitChurnModel } from './fit-churn-model.ts'
import type { ShopSnapshot } from './snapshot.ts'
import { asOf, options, simulatedShop, snapshotsOf, withComebacks } from './testing/simulated-shop.ts'

const horizonMs = options.horizonDays * dayMs
const holdoutAt = asOf - horizonMs
const iso = (at: number) => new Date(at).toISOString()

describe('a shop in which members buy at random and drop out', () => {
  const snapshots = snapshotsOf(simulatedShop())
  const [now, holdout] = snapshots as [ShopSnapshot, ShopSnapshot]
  const fitted = fitChurnModel(snapshots, { ...options, models: undefined })

  test('is learnt from as an event, as it stands in the log', () => {
    expect(modelData.ChurnModelFitted.parse(JSON.parse(JSON.stringify(fitted)))).toEqual(fitted)
    expect(fitted).toMatchObject({ asOf: iso(asOf), members: 700, horizonDays: 90 })
    expect(fitted.repeatBuyers).toBe(now.members.filter(({ facts }) => facts.days > 1).length)
  })

  test('is foretold better by a model than by recency, and the model is fitted again on everything', () => {
    expect(fitted.candidates.map(({ model }) => model)).toEqual(['nbd', 'bg-nbd', 'mbg-nbd', 'pareto-nbd'])
    expect(fitted.basis).not.toBe('own-rhythm')
    const { used, recencyAuc } = fitted.holdout ?? { used: { auc: 0 }, recencyAuc: 1 }
    expect(used.auc).toBeGreaterThan(recencyAuc + 0.01)
    const observations = now.members.map(({ facts: { days, firstDay, lastDay }, silenceDays }) => ({
      x: days - 1,
      tx: lastDay - firstDay,
      T: lastDay - firstDay + Math.floor(silenceDays),
    }))
    const again = models[fitted.model as 'mbg-nbd'].fit(observations)
    expect(fitted).toMatchObject({ parameters: again.parameters, logLikelihood: again.logLikelihood })
  })

  test('the candidate of the smallest log-loss is taken, and nobody who sorts worse than recency', () => {
    const left = fitted.candidates.filter(({ refused }) => refused === null)
    expect(left.find(({ model }) => model === fitted.model)?.holdout?.logLoss).toBe(
      Math.min(...left.map((c) => Number(c.holdout?.logLoss))),
    )
    expect(fitted.candidates[0]?.refused).toMatch(/^it sorts worse than plain recency: AUC 0\.\d{4} against 0\.\d{4}$/)
  })

  test('is tried on its newest origin, and risk comes as it was foretold', () => {
    expect(fitted.holdout).toMatchObject({ origin: iso(asOf - horizonMs), members: holdout.members.length })
    const bands = fitted.holdout?.bands ?? []
    expect(bands.map(({ band }) => band)).toEqual(['low', 'medium', 'high', 'critical'])
    expect(bands.reduce((sum, { members }) => sum + members, 0)).toBe(holdout.members.length)
    for (const { foretold, observed, members } of [...bands, ...(fitted.holdout?.deciles ?? [])]) {
      expect(Math.abs(foretold - observed)).toBeLessThan(4 * Math.sqrt(0.25 / members))
    }
  })

  test('is learnt from as the same bytes, whatever order the members came in', () => {
    const mixed = snapshots.map(({ at, members }) => ({
      at,
      members: shuffled(members, diceOf(at / dayMs)).sort((a, b) => (a.memberId < b.memberId ? -1 : 1)),
    }))
    expect(JSON.stringify(fitChurnModel(mixed, options))).toBe(JSON.stringify(fitChurnModel(snapshots, options)))
  })

  test('nothing that came after the fit goes into it', () => {
    const known = simulatedShop().map((member) => ({ ...member, purchases: member.purchases.filter(({ at }) => at <= asOf) }))
    expect(fitChurnModel(snapshotsOf(known), options)).toEqual(fitChurnModel(snapshots, options))
  })

  test('tells how far it is', () => {
    const told: unknown[] = []
    fitChurnModel(snapshots, { ...options, onProgress: (done, total) => told.push([done, total]) })
    expect(told).toEqual([
      [1, 5],
      [2, 5],
      [3, 5],
      [4, 5],
      [5, 5],
    ])
  })
})

describe('a shop in which spend tells who stays', () => {
  const fitted = fitChurnModel(snapshotsOf(simulatedShop({ spendTells: true, members: 1_000 })), options)

  test('is foretold better with the calibration layer', () => {
    expect(fitted).toMatchObject({ basis: 'calibrated', fallbacks: [] })
    const { used, calibrated, model } = fitted.holdout ?? {}
    expect(used).toEqual(calibrated)
    expect(calibrated?.logLoss).toBeLessThan(model?.logLoss as number)
    expect(calibrated?.auc).toBeGreaterThan(model?.auc as number)
  })

  test('whose weights say so, and never that silence is a good sign', () => {
    const { weights = {}, gapDays, netSpend } = fitted.calibration ?? {}
    expect(weights.netSpend).toBeGreaterThan(0.1)
    for (const feature of ['model', 'recency', 'ownGap', 'engagement']) expect(weights[feature]).toBeGreaterThanOrEqual(0)
    expect(weights.returnRate).toBe(0)
    expect(gapDays).toBeGreaterThan(5)
    expect(Object.keys(netSpend ?? {})).toEqual(['GBP'])
  })
})

describe('where a better basis is not to be had', () => {
  test('nobody leaves: dropout is not determined, and a model without it is used', () => {
    const { model, candidates } = fitChurnModel(snapshotsOf(simulatedShop({ dropout: false })), options)
    expect(model).toBe('nbd')
    expect(candidates.map(({ refused }) => refused)).toEqual([null, 'the data do not determine a, b', 'the data do not determine a, b'])
  })

  test('the whole shop does the opposite of what it did: each by the own rhythm', () => {
    const turned = simulatedShop().map((member) => withComebacks(member, asOf))
    const fitted = fitChurnModel(snapshotsOf(turned), options)
    expect(fitted).toMatchObject({ basis: 'own-rhythm', model: null, parameters: {}, logLikelihood: null, calibration: null })
    expect(fitted.fallbacks.map(({ from }) => from)).toEqual(['calibrated', 'model'])
    expect(fitted.holdout?.used).not.toEqual(fitted.holdout?.model)
  })

  test('members who buy by the clock are due: such a model is compared, and not used', () => {
    const { basis, candidates, fallbacks } = fitChurnModel(snapshotsOf(simulatedShop({ members: 500, regularity: 3 })), {
      ...options,
      models: ['mbg-cnbd-k'],
    })
    expect(candidates[0]?.parameters.k).toBeGreaterThan(1)
    expect(candidates[0]?.holdout?.auc).toBeGreaterThan(0.5)
    expect(basis).toBe('own-rhythm')
    expect(fallbacks[1]?.because).toMatch(/^no model is left\. MBG\/CNBD-k: with k = \d a member who buys by the clock is due/)
  })

  test('fewer than two hundred came back: by the own rhythm at once, and it is told how that would have done', () => {
    const because = expect.stringMatching(/^\d+ members came back by then; a model takes 200$/)
    const fitted = fitChurnModel(snapshotsOf(simulatedShop({ members: 150 })), options)
    expect(fitted).toMatchObject({
      basis: 'own-rhythm',
      candidates: [],
      holdout: { calibrated: null, model: null },
      fallbacks: [
        { from: 'calibrated', because },
        { from: 'model', because },
      ],
    })
    expect(fitted.holdout?.used.auc).toBeGreaterThan(0.5)
  })

  test('fewer than two hundred had come back by the holdout: a model would be chosen by chance', () => {
    // A young shop: most members came back after the holdout's origin.
    const since = holdoutAt - 100 * dayMs
    const young = simulatedShop({ members: 1_050 }).map((member) => ({
      ...member,
      purchases: member.purchases.filter(({ at }) => at > since),
    }))
    const fitted = fitChurnModel(snapshotsOf(young), options)
    const because = expect.stringMatching(
      /^\d+ members had come back by 2025-03-21T12:00:00\.000Z, as of which a model is tried; it takes 200$/,
    )
    expect(fitted.repeatBuyers).toBeGreaterThanOrEqual(200)
    expect(fitted).toMatchObject({ basis: 'own-rhythm', candidates: [], fallbacks: [{ because }, { because }] })
    expect(fitted.holdout?.origin).toBe(iso(holdoutAt))
  })

  test.each([1, 2])('history is too short for an origin with a horizon before and after it: %d snapshots', (count) => {
    const because = 'history is too short: a model is tried on what came of 90 days after at least 90 others'
    expect(fitChurnModel(snapshotsOf(simulatedShop(), count), options)).toMatchObject({
      basis: 'own-rhythm',
      holdout: null,
      fallbacks: [{ because }, { because }],
    })
  })

  test('with one origin only there is nothing to fit the calibration layer on', () => {
    const fitted = fitChurnModel(snapshotsOf(simulatedShop({ spendTells: true }), 3), options)
    const because = 'history is too short for an origin before the holdout, to fit it on'
    expect(fitted).toMatchObject({ basis: 'model', calibration: null, fallbacks: [{ from: 'calibrated', because }] })
  })

  test('nobody bought for a horizon: there is nobody to tell apart', () => {
    const closed = simulatedShop().map((member) => ({ ...member, purchases: member.purchases.filter(({ at }) => at <= asOf - horizonMs) }))
    const because = `nobody bought within 90 days from ${iso(asOf - horizonMs)}, so there was nobody to tell apart`
    expect(fitChurnModel(snapshotsOf(closed), options)).toMatchObject({ basis: 'own-rhythm', holdout: null, fallbacks: [{ because }, {}] })
  })

  test('an empty shop has members of no kind', () => {
    const fitted = fitChurnModel(snapshotsOf([]), options)
    expect(fitted).toMatchObject({ members: 0, basis: 'own-rhythm', holdout: null })
    expect(modelData.ChurnModelFitted.parse(fitted)).toEqual(fitted)
  })
})
