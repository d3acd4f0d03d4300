import { describe, expect, test } from '@jest/globals'
import type { ProgrammeInput } from '@perennial/contracts'
import { shop } from '../testing/given.ts'
import { checkProgramme } from './check-programme.ts'

type Rules = ProgrammeInput['points']['earn']
type Levels = ProgrammeInput['tiers']['levels']

const base: Rules[number] = { name: 'base', per: '1.00', points: 1 }
const earning = (...rules: Rules) => shop({ points: { earn: [base, ...rules] } })
const fieldsOf = (...programme: Parameters<typeof shop>) => checkProgramme(shop(...programme)).map(({ field }) => field)

test('a rhythm whose shortest is longer than its longest', () => {
  const rhythm = { prior: 'P60D', weight: 2, shortest: 'P2Y', longest: 'P1D' }
  expect(checkProgramme(shop({ lifecycle: { rhythm } }))).toEqual([
    { field: 'lifecycle.rhythm.shortest', message: 'expected at most longest, P1D' },
  ])
  expect(checkProgramme(shop({ lifecycle: { rhythm: { ...rhythm, shortest: 'P1D' } } }))).toEqual([])
})

test('a plain programme has no faults', () => {
  expect(checkProgramme(shop())).toEqual([])
})

describe('rules of earn', () => {
  test('are at most two hundred, with short names', () => {
    const many = Array.from({ length: 200 }, (_, index): Rules[number] => ({ name: `rule ${index}`, add: 1 }))
    expect(checkProgramme(earning(...many))).toEqual([{ field: 'points.earn', message: 'expected at most 200 rules' }])
    expect(checkProgramme(earning({ name: 'x'.repeat(65), add: 1 }))).toEqual([
      { field: 'points.earn[1].name', message: 'expected at most 64 characters' },
    ])
  })

  test('have names of their own', () => {
    expect(checkProgramme(earning({ name: 'base', multiply: 2 }))).toEqual([
      { field: 'points.earn[1].name', message: 'a second rule named base' },
    ])
  })

  test('name levels that there are', () => {
    expect(checkProgramme(earning({ name: 'for-gold', when: { tier: 'glod' }, multiply: 2 }))).toEqual([
      { field: 'points.earn[1].when.tier', message: 'no level is named glod; did you mean gold?' },
    ])
    expect(checkProgramme(earning({ name: 'for-some', when: { tier: ['gold', 'ruby'] }, multiply: 2 }))).toEqual([
      { field: 'points.earn[1].when.tier[1]', message: 'no level is named ruby' },
    ])
  })

  test('do not end before the programme begins', () => {
    const rule: Rules[number] = { name: 'spring', when: { until: '1999-12-31' }, multiply: 2 }
    expect(checkProgramme(earning(rule))).toEqual([
      { field: 'points.earn[1].when.until', message: 'before effectiveFrom (2000-01-01): the rule never applies' },
    ])
    expect(checkProgramme(earning({ ...rule, when: { until: '2000-01-01' } }))).toEqual([])
  })

  test('leave something to earn points with', () => {
    expect(checkProgramme(earning({ name: 'nothing', exclude: true }))).toMatchObject([
      { field: 'points.earn[1]', message: expect.stringMatching(/^excludes everything/) },
    ])
    const noCards: Rules[number] = { name: 'no-cards', when: { category: ['gift-card', 'lottery'] }, exclude: true }
    expect(checkProgramme(earning(noCards, { name: 'cards', when: { category: 'gift-card' }, multiply: 2 }))).toEqual([
      { field: 'points.earn[2]', message: 'never applies: no-cards excludes all of its goods' },
    ])
    expect(checkProgramme(earning(noCards, { name: 'some', when: { category: ['gift-card', 'tea'] }, multiply: 2 }))).toEqual([])
    const onSundays: Rules[number] = { ...noCards, when: { category: 'gift-card', channel: 'web' } }
    expect(checkProgramme(earning(onSundays, { name: 'cards', when: { category: 'gift-card' }, multiply: 2 }))).toEqual([])
  })

  test('multiply something', () => {
    const double: Rules[number] = { name: 'double', when: { category: 'tea' }, multiply: 2 }
    expect(fieldsOf({ points: { earn: [{ name: 'visit', add: 10 }, double] } })).toEqual(['points.earn[1]'])
    const onlyCoffee: Rules[number] = { name: 'coffee', when: { category: 'coffee' }, per: '1.00', points: 1 }
    expect(fieldsOf({ points: { earn: [onlyCoffee, double] } })).toEqual(['points.earn[1]'])
    expect(fieldsOf({ points: { earn: [onlyCoffee, { ...double, when: { sku: 'tea-1' } }] } })).toEqual([])
  })
})

describe('multipliers below 1', () => {
  const half: Rules[number] = { name: 'half', when: { category: 'outlet' }, multiply: 0.5 }
  const levels: Levels = [
    { name: 'member', from: 0, multiply: '0.9' },
    { name: 'silver', from: 100 },
  ]

  test('cannot be rounded rule by rule', () => {
    const perRule = { points: { earn: [base, half], rounding: { per: 'rule' } }, tiers: { levels } } as const
    expect(fieldsOf({ points: { earn: [base, half] }, tiers: { levels } })).toEqual([])
    expect(fieldsOf(perRule as never)).toEqual(['points.earn[1].multiply', 'tiers.levels[0].multiply'])
  })

  test('are not added up to less than nothing', () => {
    const combine = { multipliers: 'add' } as const
    const spring: Rules[number] = { name: 'spring', when: { from: '2025-03-01', until: '2025-03-31' }, multiply: '0.5' }
    const fall: Rules[number] = { name: 'fall', when: { from: '2025-10-01' }, multiply: '0.5' }
    expect(fieldsOf({ points: { earn: [base, half, spring], combine } })).toEqual([])
    expect(fieldsOf({ points: { earn: [base, half, spring], combine }, tiers: { levels } })).toEqual(['points.combine.multipliers'])
    expect(fieldsOf({ points: { earn: [base, spring, fall], combine }, tiers: { levels } })).toEqual([])
    expect(fieldsOf({ points: { earn: [base, half, spring] }, tiers: { levels } })).toEqual([])
  })
})

describe('amounts', () => {
  test('are amounts of the currency, where one is named', () => {
    const points = { earn: [{ name: 'base', per: '0.5', points: 1 }], minimumOrder: '10.25', redeem: { worth: '1.5', block: 100 } }
    expect(fieldsOf({ points })).toEqual([])
    expect(
      fieldsOf({
        currency: 'JPY',
        points,
        tiers: {
          levels: [
            { name: 'member', from: 0 },
            { name: 'gold', from: '10.5' },
          ],
        },
      }),
    ).toEqual(['points.earn[0].per', 'points.minimumOrder', 'points.redeem.worth', 'tiers.levels[1].from'])
    expect(checkProgramme(shop({ currency: 'GBP', points: { minimumOrder: '1.255' } }))).toEqual([
      { field: 'points.minimumOrder', message: '1.255 is no amount in GBP: expected at most 2 decimal digits' },
    ])
  })

  test('may be written with decimals that say nothing, and what is usual is exact in every currency', () => {
    expect(checkProgramme(shop({ currency: 'JPY' }))).toEqual([])
  })

  test('of orders and points that qualify are whole', () => {
    const levels: Levels = [
      { name: 'member', from: 0 },
      { name: 'gold', from: '10.5' },
    ]
    expect(checkProgramme(shop({ tiers: { metric: 'purchases', levels } }))).toEqual([
      { field: 'tiers.levels[1].from', message: 'expected a whole number of purchases' },
    ])
    expect(fieldsOf({ tiers: { metric: 'points', levels } })).toEqual(['tiers.levels[1].from'])
    expect(fieldsOf({ tiers: { metric: 'spend', levels } })).toEqual([])
  })

  test('rates together are not too fine to be exact', () => {
    const fine = ['1.000003', '1.000007', '1.000009'].map((multiply): Rules[number] => ({ name: multiply, multiply }))
    expect(checkProgramme(earning(...fine))).toMatchObject([{ field: 'points.earn', message: expect.stringMatching(/too fine/) }])
  })
})

test('at least one block can be spent on a day, and a hold holds', () => {
  expect(fieldsOf({ points: { redeem: { block: 100, perDay: 99, holdFor: 'PT0M' } } })).toEqual([
    'points.redeem.perDay',
    'points.redeem.holdFor',
  ])
  expect(fieldsOf({ points: { redeem: { block: 100, perDay: 100, holdFor: 'PT1M' } } })).toEqual([])
})

test.each([{ calendar: 'year' }, { anniversary: 'enrolment' }] as const)(
  'a tier that is reached when its window begins anew must last: %j',
  (window) => {
    const tiers = (more: object) =>
      ({ tiers: { window: window as never, upgrade: 'at-evaluation', ...more } }) as Parameters<typeof shop>[0]
    expect(fieldsOf(tiers({}))).toEqual(['tiers.keepUntil'])
    expect(fieldsOf(tiers({ keepUntil: 'P12M' }))).toEqual([])
  },
)

describe('judgements of what is important', () => {
  const judging = (recencyToFrequency: string, recencyToMonetary: string, frequencyToMonetary: string) =>
    checkProgramme(shop({ value: { judgements: { recencyToFrequency, recencyToMonetary, frequencyToMonetary } } }))

  test('must not contradict each other, and it is said what would be consistent', () => {
    expect(judging('5', '7', '3')).toEqual([])
    expect(judging('5', '0.2', '3')).toEqual([
      {
        field: 'value.judgements',
        message:
          'the judgements contradict each other: consistency ratio 2.116, expected at most 0.1; ' +
          'recencyToFrequency 5 and frequencyToMonetary 3 make recencyToMonetary 15, and 5.426 to 9 is consistent',
      },
    ])
    expect(judging('5', '5.426', '3')).toEqual([])
    expect(judging('5', '5.425', '3')).toMatchObject([{ field: 'value.judgements' }])
    expect(judging('5', '9', '3')).toEqual([])
  })

  test('may be such that no third one goes with the other two', () => {
    for (const extreme of [judging('9', '9', '9'), judging('0.12', '0.12', '0.12')]) {
      expect(extreme).toMatchObject([{ message: expect.stringMatching(/and nothing from 0\.112 to 9 is consistent with both$/) }])
    }
  })
})

describe('examples', () => {
  type Examples = NonNullable<ProgrammeInput['examples']>
  function faultsOf(given: Examples[number]['given'], expected: Examples[number]['then'] = { available: 0 }, currency = 'GBP') {
    // biome-ignore lint/suspicious/noThenProperty: the word of the file
    return checkProgramme(shop({ currency, examples: [{ name: 'x', given, then: expected }] }))
  }

  test('speak of levels that there are', () => {
    expect(
      faultsOf(
        [{ granted: 'glod', until: '2025-12-31', on: '2025-01-01' }],
        [{ tier: 'silver' }, { nextTier: 'golden', ending: { to: 'ruby' } }],
      ),
    ).toEqual([
      { field: 'examples[0].given[0].granted', message: 'no level is named glod; did you mean gold?' },
      { field: 'examples[0].then[1].nextTier', message: 'no level is named golden; did you mean gold?' },
      { field: 'examples[0].then[1].ending.to', message: 'no level is named ruby' },
    ])
  })

  test('speak of orders that are bought in them', () => {
    const bought = { bought: '10.00', order: 'first', on: '2025-01-01' }
    expect(
      faultsOf([{ returned: '5.00', order: 'frist', on: '2025-01-02' }, bought, { redeemed: 5, order: 'first', on: '2025-01-03' }]),
    ).toEqual([{ field: 'examples[0].given[0].order', message: 'no order named frist is bought in this example; did you mean first?' }])
  })

  test('have amounts of their currency', () => {
    const given: Examples[number]['given'] = [
      { bought: '10.005', on: '2025-01-01' },
      { bought: [{ sku: 'tea', amount: '10.5' }], currency: 'JPY', on: '2025-01-01' },
      { bought: [{ sku: 'tea', amount: '10.5' }], of: 'coffee', on: '2025-01-01' },
    ]
    expect(faultsOf(given)).toEqual([
      { field: 'examples[0].given[0].bought', message: '10.005 is no amount in GBP: expected at most 2 decimal digits' },
      { field: 'examples[0].given[1].bought[0].amount', message: '10.5 is no amount in JPY: expected no decimal digits' },
      { field: 'examples[0].given[2].of', message: 'does not go with a list of lines' },
    ])
    expect(faultsOf([{ bought: '10.005', on: '2025-01-01' }], { available: 1 }, 'KWD')).toEqual([])
  })
})
