import { describe, expect, test } from '@jest/globals'
import { type Programme, type ProgrammeInput, programmeSchema } from '@perennial/contracts'
import { pointsTeller, tierTeller } from './testing/log.ts'
import { tryExamples } from './try-examples.ts'

type ExampleInput = NonNullable<ProgrammeInput['examples']>[number]

/** A point per pound after two weeks, silver from 500.00. */
function shopWith(...examples: ExampleInput[]): Programme {
  return programmeSchema.parse({
    programme: 'shop',
    version: 1,
    effectiveFrom: '2025-01-01',
    timeZone: 'Asia/Taipei',
    currency: 'GBP',
    points: { earn: [{ name: 'base', per: '1.00', points: 1 }], expiry: 'never' },
    tiers: {
      metric: 'spend',
      window: { rolling: 'P12M' },
      levels: [
        { name: 'member', from: 0 },
        { name: 'silver', from: 500 },
      ],
    },
    examples,
  })
}

const tried = (...examples: ExampleInput[]) => tryExamples([tierTeller, pointsTeller], shopWith(...examples))
const bought = { bought: '600.00', on: '2025-03-01' }

function example(given: ExampleInput['given'], expected: ExampleInput['then']): ExampleInput {
  // biome-ignore lint/suspicious/noThenProperty: the word of the file
  return { name: 'example', given, then: expected }
}

describe('an example of a programme', () => {
  test('holds where everything comes out that it names', () => {
    const [silver] = tried(example([bought], { tier: 'silver', pending: 600, available: 0 }))
    expect(silver).toMatchObject({ name: 'example', field: 'examples[0]', holds: true, tooEarly: 0 })
    expect(silver?.looks).toMatchObject([{ field: 'examples[0].then', asOf: '2025-03-01T04:00:00.000Z', differences: [] }])
  })

  test('that does not hold says what came out instead, and why', () => {
    const [, wrong] = tried(example([bought], { pending: 600 }), example([bought], { pending: 6, tier: 'member' }))
    expect(wrong?.holds).toBe(false)
    expect(wrong?.looks[0]?.differences).toEqual([
      { field: 'pending', expected: 6, actual: 600 },
      { field: 'tier', expected: 'member', actual: 'silver' },
    ])
    expect(wrong?.looks[0]?.member?.movements).toMatchObject([{ points: 600, from: 'issued', to: 'pending' }])
  })

  test('may look several times', () => {
    const [released] = tried(
      example(
        [bought],
        [
          { asOf: '2025-02-28', available: 0 },
          { asOf: '2025-03-15T11:59', available: 0 },
          { asOf: '2025-03-15T12:00', available: 60 },
        ],
      ),
    )
    expect(released?.looks.map(({ field, differences }) => [field, differences])).toEqual([
      ['examples[0].then[0]', [{ field: 'available', expected: 0, actual: null }]],
      ['examples[0].then[1]', []],
      ['examples[0].then[2]', [{ field: 'available', expected: 60, actual: 600 }]],
    ])
    expect(released?.looks[0]?.member).toBeUndefined()
  })

  test('that cannot be worked out says why', () => {
    const [huge] = tried(
      example(
        Array.from({ length: 91 }, () => ({ bought: '999999999999.99', on: '2025-03-01' })),
        { tier: 'silver' },
      ),
    )
    expect(huge).toMatchObject({ holds: false, looks: [{ differences: [], trouble: expect.stringMatching(/too large to be exact/) }] })
  })

  test('tells how much of it happens before anything is earned', () => {
    const [early] = tried(example([{ bought: '10.00', on: '2024-12-31' }, bought], { pending: 610 }))
    expect(early).toMatchObject({ holds: false, tooEarly: 1 })
  })
})

test('a programme without examples has none to try', () => {
  expect(tryExamples([tierTeller], { ...shopWith(), examples: undefined })).toEqual([])
})
