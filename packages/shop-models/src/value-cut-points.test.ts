import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { idOf, member } from './testing/value-shop.ts'
import { cutPointsOf } from './value-cut-points.ts'

describe('cut points', () => {
  test('divide members who all differ into fifths', () => {
    const members = Array.from({ length: 100 }, (_, index) =>
      member(idOf(index), { days: index + 1, gross: 100 * (index + 1) }, index + 0.25),
    )
    expect(cutPointsOf(members)).toEqual({
      silenceDays: [19.25, 39.25, 59.25, 79.25],
      shoppingDays: [20, 40, 60, 80],
      netSpend: { GBP: [20_00, 40_00, 60_00, 80_00] },
    })
  })

  test('are amounts that some member has, in a shop where most have bought once too', () => {
    const members = Array.from({ length: 10 }, (_, index) => member(idOf(index), { days: index < 7 ? 1 : index }))
    expect(cutPointsOf(members)?.shoppingDays).toEqual([1, 1, 1, 7])
  })

  test('are of net spend, by currency, also where it is below nothing', () => {
    const members = [
      member('a', { gross: 0, returned: 5_00 }),
      member('b', { gross: 30_00, returned: 10_00 }),
      member('c', { gross: 500, currency: 'JPY' }),
      member('d', { gross: 700, currency: 'EUR' }),
    ]
    const found = cutPointsOf(members)?.netSpend
    expect(found).toEqual({ EUR: [700, 700, 700, 700], GBP: [-5_00, -5_00, 20_00, 20_00], JPY: [500, 500, 500, 500] })
    expect(Object.keys(found ?? {})).toEqual(['EUR', 'GBP', 'JPY'])
  })

  test('are none without a member', () => {
    expect(cutPointsOf([])).toBeNull()
  })

  test('put no more than a fifth of the members beyond each of them', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 60 }), (days) => {
        const cuts = cutPointsOf(days.map((count, index) => member(idOf(index), { days: count })))?.shoppingDays ?? []
        for (const [index, cut] of cuts.entries()) {
          expect(5 * days.filter((count) => count > cut).length).toBeLessThanOrEqual((4 - index) * days.length)
        }
      }),
    )
  })
})
