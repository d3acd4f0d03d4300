import { describe, expect, test } from '@jest/globals'
import { programmeVersions } from '../programme/versions.ts'
import { instant, shop } from '../testing/given.ts'
import { dayMs } from '../time/calendar.ts'
import { learnt, nothingLearnt, type ShopRhythm } from './learnt.ts'
import { rhythmInForce } from './rhythm-in-force.ts'
import { noShopping } from './shopping-days.ts'

const once = (at: string) => ({ ...noShopping().facts, days: 1, lastAt: instant(at) })
const measured = (asOf: string, gapDays: number | null): ShopRhythm => ({ asOf: instant(asOf), gapDays })

function rhythmDays(at: string, ...rhythms: ShopRhythm[]): number {
  const programmes = [shop(), shop({ version: 2, effectiveFrom: '2025-06-01', lifecycle: { rhythm: { prior: 'P40D' } } })]
  return rhythmInForce(once(at), programmeVersions(programmes, { ...nothingLearnt, rhythm: learnt(rhythms) })) / dayMs
}

describe('a silence is judged by what was known when it began', () => {
  test('by the programme that was in force then', () => {
    expect(rhythmDays('2025-05-31')).toBe(30)
    expect(rhythmDays('2025-06-01')).toBe(40)
  })

  test('by the shop’s rhythm that was measured last before, the same instant included', () => {
    const rhythms = [measured('2025-02-01', 20), measured('2025-03-01', 25.5)]
    expect(rhythmDays('2025-01-31', ...rhythms)).toBe(30)
    expect(rhythmDays('2025-02-01', ...rhythms)).toBe(20)
    expect(rhythmDays('2025-02-28', ...rhythms)).toBe(20)
    expect(rhythmDays('2025-07-01', ...rhythms)).toBe(25.5)
  })

  test('by the programme again, where too few members came back for a measurement', () => {
    expect(rhythmDays('2025-03-01', measured('2025-02-01', 20), measured('2025-03-01', null))).toBe(30)
  })
})
