import { describe, expect, test } from '@jest/globals'
import { modelData } from '@perennial/contracts'
import { diceOf, shuffled } from '../../../test/support/dice.ts'
import { compileRhythm, measureRhythm } from './rhythm-model.ts'
import { idOf, member, shopAt, shopOf } from './testing/value-shop.ts'

/** Who came back after so many days, `times` times. */
const regular = (index: number, gapDays: number, times = 1) =>
  member(idOf(index), { days: times + 1, firstDay: 1_000, lastDay: 1_000 + gapDays * times })
const gapsFrom1To = (count: number) => Array.from({ length: count }, (_, index) => regular(index, index + 1, 1 + (index % 3)))

describe('the rhythm of the shop', () => {
  test('is quantiles of the members’ mean gaps, by nearest rank', () => {
    const measured = measureRhythm(shopOf(...gapsFrom1To(100)))
    expect(measured).toMatchObject({
      asOf: '2025-01-01T00:00:00.000Z',
      members: 100,
      repeatBuyers: 100,
      gapDays: { p10: 10, p25: 25, p50: 50, p75: 75, p90: 90 },
    })
    expect(modelData.RhythmMeasured.parse(measured)).toEqual(measured)
  })

  test('counts a member once, however often the member came', () => {
    const measured = measureRhythm(shopOf(...gapsFrom1To(50), regular(50, 1, 300)))
    expect(measured.gapDays?.p50).toBe(25)
  })

  test('is not measured by fewer than fifty members who came back', () => {
    const once = Array.from({ length: 40 }, (_, index) => member(idOf(100 + index)))
    expect(measureRhythm(shopOf(...gapsFrom1To(49), ...once))).toMatchObject({ members: 89, repeatBuyers: 49, gapDays: null })
    expect(measureRhythm(shopOf(...gapsFrom1To(50), ...once))).toMatchObject({ members: 90, repeatBuyers: 50, gapDays: { p50: 25 } })
    expect(measureRhythm(shopOf())).toMatchObject({ members: 0, repeatBuyers: 0, gapDays: null })
  })

  test('is the same bytes whatever order the members came in', () => {
    const members = gapsFrom1To(80)
    const mixed = shuffled(members, diceOf(5)).sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
    expect(JSON.stringify(measureRhythm(shopOf(...mixed)))).toBe(JSON.stringify(measureRhythm(shopOf(...members))))
  })
})

describe('as the folds need it', () => {
  test('it is the median, from the instant on as of which it was measured', () => {
    expect(compileRhythm(measureRhythm(shopOf(...gapsFrom1To(100))))).toEqual({ asOf: shopAt, gapDays: 50 })
    expect(compileRhythm(measureRhythm(shopOf()))).toEqual({ asOf: shopAt, gapDays: null })
  })
})
