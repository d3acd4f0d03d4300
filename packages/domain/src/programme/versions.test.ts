import { describe, expect, test } from '@jest/globals'
import { instant, shop } from '../testing/given.ts'
import { programmeVersions } from './versions.ts'

const first = shop({ effectiveFrom: '2025-01-01' })
const second = shop({ version: 2, effectiveFrom: '2025-07-01', currency: 'GBP' })

describe('of several versions', () => {
  const versions = programmeVersions([first, second])
  const versionOf = (rules: { programme: { version: number } } | undefined) => rules?.programme.version

  test.each([
    ['2024-12-31T23:59:59.999Z', undefined, 1],
    ['2025-01-01T00:00:00Z', 1, 1],
    ['2025-06-30T22:59:59.999Z', 1, 1],
    ['2025-06-30T23:00:00Z', 2, 2],
    ['2099-01-01', 2, 2],
  ])('at %s version %p is in force, and %d judges', (at, inForce, judging) => {
    expect(versionOf(versions.inForce(instant(at)))).toBe(inForce)
    expect(versionOf(versions.judging(instant(at)))).toBe(judging)
  })

  test('the next change is the first day of the next one, local time', () => {
    expect(versions.nextChange(instant('2024-01-01'))).toBe(instant('2025-01-01T00:00:00Z'))
    expect(versions.nextChange(instant('2025-01-01T00:00:00Z'))).toBe(instant('2025-06-30T23:00:00Z'))
    expect(versions.nextChange(instant('2025-07-01'))).toBeUndefined()
    expect(versions.after(instant('2025-03-01')).map(versionOf)).toEqual([2])
  })

  test('each names the currency of its time', () => {
    expect(versions.currencyAt(instant('2025-03-01'))).toBeUndefined()
    expect(versions.currencyAt(instant('2025-08-01'))).toBe('GBP')
  })

  test('the order in which they were published does not matter', () => {
    expect(programmeVersions([second, first]).all.map(versionOf)).toEqual([1, 2])
  })

  test('of two with the same first day the later version counts, whichever came last', () => {
    const mended = shop({ version: 3, effectiveFrom: '2025-07-01' })
    expect(programmeVersions([first, second, mended]).all.map(versionOf)).toEqual([1, 3])
    expect(programmeVersions([first, mended, second]).all.map(versionOf)).toEqual([1, 3])
  })
})

test('a programme has at least one version', () => {
  expect(() => programmeVersions([])).toThrow(/at least one version/)
})
