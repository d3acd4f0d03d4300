import { describe, expect, test } from '@jest/globals'
import { mean } from './accuracy.ts'
import { type Model, models } from './model.ts'
import { type Chance, chanceOf, type Simulated, simulateDropout, simulatePareto } from './testing/simulate.ts'

/**
 * Predictions against customers drawn from the model itself. Nothing of the derivations is used: of customers with like
 * histories, the mean of what was predicted must be the mean of what happened, up to the standard error of the latter.
 */

const customers = 20_000
/** Fitting is what takes time. */
const customersToFit = 1_000
const h = 13
const standardErrors = 4

const nbd = { r: 0.6, alpha: 5 }
const bg = { r: 0.6, alpha: 5, a: 0.8, b: 2.5 }
const pareto = { r: 0.6, alpha: 10, s: 0.6, beta: 11 }
const paretoTheOtherWay = { r: 0.9, alpha: 4, s: 1.4, beta: 30 }

type Parameters = Readonly<Record<string, number>>
interface Case {
  title: string
  model: Model
  parameters: Parameters
  draw(span: { T: number; h: number }, chance: Chance): Simulated
}

const cases: Case[] = [
  {
    title: 'NBD',
    model: models.nbd,
    parameters: nbd,
    draw: (span, chance) => simulateDropout({ ...nbd, a: 1e-9, b: 1 }, true, span, chance),
  },
  { title: 'BG/NBD', model: models['bg-nbd'], parameters: bg, draw: (span, chance) => simulateDropout(bg, false, span, chance) },
  { title: 'MBG/NBD', model: models['mbg-nbd'], parameters: bg, draw: (span, chance) => simulateDropout(bg, true, span, chance) },
  ...[1, 2, 3, 4].map((k) => {
    const parameters = { ...bg, k, alpha: bg.alpha / k }
    return {
      title: `MBG/CNBD-${k}`,
      model: models['mbg-cnbd-k'],
      parameters,
      draw: (span: { T: number; h: number }, chance: Chance) => simulateDropout(parameters, true, span, chance),
    }
  }),
  {
    title: 'Pareto/NBD, α < β',
    model: models['pareto-nbd'],
    parameters: pareto,
    draw: (span, chance) => simulatePareto(pareto, span, chance),
  },
  {
    title: 'Pareto/NBD, α ≪ β',
    model: models['pareto-nbd'],
    parameters: paretoTheOtherWay,
    draw: (span, chance) => simulatePareto(paretoTheOtherWay, span, chance),
  },
  {
    title: 'Pareto/NBD, α > β',
    model: models['pareto-nbd'],
    parameters: { ...pareto, beta: 5 },
    draw: (span, chance) => simulatePareto({ ...pareto, beta: 5 }, span, chance),
  },
]

describe.each(cases)('customers drawn from $title', ({ model, parameters, draw }) => {
  const chance = chanceOf(20_240_131)
  const drawn = Array.from({ length: customers }, () => draw({ T: 20 + 20 * chance.uniform(), h }, chance))

  test('are alive as often as predicted', () => {
    expectMet(
      drawn,
      ({ observation }) => model.probabilityAlive(parameters, observation),
      ({ alive }) => Number(alive),
    )
  })

  test('come back as often as predicted', () => {
    expectMet(
      drawn,
      ({ observation }) => model.probabilityOfPurchase(parameters, observation, h),
      ({ further }) => Math.min(1, further),
    )
  })

  test('buy as much as predicted', () => {
    expectMet(
      drawn,
      ({ observation }) => model.expectedPurchases(parameters, observation, h),
      ({ further }) => further,
    )
  })

  test('buy as much in all their time as predicted of anybody', () => {
    expectMean(
      drawn.map(({ observation, further }) => observation.x + further),
      drawn.map(({ observation }) => model.unconditionalExpectation(parameters, observation.T + h)),
      'all',
    )
  })

  test('give back the parameters they were drawn from', () => {
    const seen = drawn.slice(0, customersToFit).map(({ observation }) => observation)
    const found = model.fit(seen)
    expect(found).toMatchObject({ converged: true, undetermined: [], customers: customersToFit })
    // Twice the gain over the truth is chi-squared with four degrees of freedom: 20 is beyond chance.
    const gain = found.logLikelihood - model.logLikelihood(parameters, seen)
    expect(gain).toBeGreaterThanOrEqual(0)
    expect(2 * gain).toBeLessThan(20)
    if (parameters.k !== undefined) expect(found.parameters.k).toBe(parameters.k)
  })
})

/** In each group of like histories, and in all together. */
function expectMet(drawn: readonly Simulated[], predicted: (of: Simulated) => number, happened: (of: Simulated) => number): void {
  const groups = Map.groupBy(drawn, ({ observation: { x, tx, T } }) => {
    const often = x < 3 ? `x = ${x}` : x < 6 ? 'x = 3 to 5' : 'x from 6'
    const recently = x === 0 ? '' : tx < T / 3 ? ', long ago' : tx < (2 * T) / 3 ? ', some time ago' : ', lately'
    return often + recently
  })
  for (const [group, members] of [...groups, ['all', drawn] as const]) expectMean(members.map(happened), members.map(predicted), group)
}

function expectMean(happened: readonly number[], predicted: readonly number[], group: string): void {
  const differences = happened.map((value, index) => value - (predicted[index] as number))
  const off = mean(differences)
  // In a small group nothing may have happened at all: the variance is then taken to be that of rare events.
  const variance = Math.max(mean(differences.map((value) => (value - off) ** 2)), mean(predicted))
  const standardErrorsOff = off / Math.sqrt(variance / differences.length)
  expect({ group, standardErrorsOff, near: Math.abs(standardErrorsOff) < standardErrors }).toMatchObject({ near: true })
}
