import { describe, expect, test } from '@jest/globals'
import type { Programme } from '@perennial/contracts'
import type { MemberEvent } from '../member/member-event.ts'
import { programmeVersions } from '../programme/versions.ts'
import { bought, broughtBack, decided, foldAll, instant, shop } from '../testing/given.ts'
import { tierFold } from './tier-fold.ts'
import { tierEnding } from './tier-rules.ts'

const warning = (tiers: Parameters<typeof shop>[0] = {}) => shop({ tiers: { downgrade: { warnBefore: 'P30D' }, ...tiers.tiers } })

function look(programmes: Programme[], events: MemberEvent[], at?: string) {
  const versions = programmeVersions(programmes)
  const fold = tierFold(versions)
  const state = foldAll(fold, versions, events, at === undefined ? undefined : instant(at))
  return { due: fold.nextDue(state), ending: tierEnding(state, versions, state.at) }
}

describe('that a tier ends is told before', () => {
  const silver = bought('2024-03-10', 'o1', '600.00')
  const ends = { at: instant('2025-03-10T00:00:00Z'), to: 'member' }
  const told = instant('2025-02-08T00:00:00Z')

  test('from warnBefore before the fall on, to the millisecond', () => {
    expect(look([warning()], [silver], '2025-02-07T23:59:59.999Z')).toEqual({ due: told, ending: undefined })
    expect(look([warning()], [silver], '2025-02-08T00:00:00Z')).toEqual({ due: ends.at, ending: ends })
    expect(look([warning()], [silver], '2025-03-09')).toEqual({ due: ends.at, ending: ends })
    expect(look([warning()], [silver], '2025-03-10')).toEqual({ due: undefined, ending: undefined })
  })

  test('by the clock on the wall', () => {
    const summer = bought('2024-04-20', 'o1', '600.00')
    expect(look([warning()], [summer]).due).toBe(instant('2025-03-21T00:00:00Z'))
  })

  test('not at all without warnBefore', () => {
    expect(look([shop()], [silver], '2025-03-09')).toEqual({ due: ends.at, ending: undefined })
  })

  test('a purchase in time withdraws it; a return brings it back', () => {
    const saved = bought('2025-02-20', 'o2', '500.00')
    expect(look([warning()], [silver, saved])).toEqual({ due: instant('2026-01-21T00:00:00Z'), ending: undefined })
    expect(look([warning()], [silver, saved, broughtBack('2025-02-21', 'r1', 'o2', '500.00')]).ending).toEqual(ends)
  })

  test('to the level that will be left', () => {
    const gold = [bought('2024-03-10', 'o1', '2000.00'), bought('2024-06-10', 'o2', '600.00')]
    expect(look([warning()], gold, '2025-03-01').ending).toEqual({ ...ends, to: 'silver' })
  })

  test('after what is kept and the grace', () => {
    const keeping = warning({ tiers: { keepUntil: 'P18M', downgrade: { warnBefore: 'P30D', grace: 'P1M' } } })
    expect(look([keeping], [silver], '2025-09-15').ending).toEqual({ at: instant('2025-10-09T23:00:00Z'), to: 'member' })
  })

  test('also of one that was granted', () => {
    const grant = decided('2025-02-01', 'g1', 'TierGranted', { tier: 'gold', until: '2025-02-20T12:00:00Z', reason: 'x', by: 'ann' })
    expect(look([warning()], [silver, grant]).ending).toEqual({ at: instant('2025-02-20'), to: 'silver' })
  })

  test('and of one that a published version takes away', () => {
    const dearer = shop({
      version: 2,
      effectiveFrom: '2024-06-01',
      tiers: {
        levels: [
          { name: 'member', from: '0' },
          { name: 'silver', from: '1000.00' },
        ],
      },
    })
    expect(look([warning(), dearer], [silver], '2024-05-20').ending).toEqual({ at: instant('2024-05-31T23:00:00Z'), to: 'member' })
  })

  test('but a new name is no end', () => {
    const renamed = shop({
      version: 2,
      effectiveFrom: '2024-06-01',
      tiers: {
        levels: [
          { name: 'friend', from: '0' },
          { name: 'best-friend', from: '500.00' },
        ],
      },
    })
    expect(look([warning(), renamed], [silver], '2024-05-20').ending).toBeUndefined()
  })

  test('a rise that comes first is no end: what follows it is told after it', () => {
    const monthly = warning({ tiers: { upgrade: 'at-evaluation', downgrade: { warnBefore: 'P12M' } } })
    const history = [silver, bought('2024-04-10', 'o2', '1900.00')]
    expect(look([monthly], history, '2024-04-20').ending).toBeUndefined()
    expect(look([monthly], history, '2024-05-02').ending).toEqual({ at: ends.at, to: 'silver' })
  })
})

describe('what is earned for good never ends', () => {
  const forLife = warning({ tiers: { window: { lifetime: true }, keepUntil: 'P12M', downgrade: { warnBefore: 'P30D' } } })

  test('and nobody looks for its end', () => {
    expect(look([forLife], [bought('2024-03-10', 'o1', '600.00')])).toEqual({ due: undefined, ending: undefined })
  })

  test('a tier that is renewed each day is looked at again after a while', () => {
    const daily = warning({ tiers: { window: { rolling: 'P99Y' }, keepUntil: 'P1D', downgrade: { warnBefore: 'P30D' } } })
    const { due, ending } = look([daily], [bought('2024-03-10', 'o1', '600.00')])
    expect(ending).toBeUndefined()
    expect(due).toBe(instant('2026-12-05T00:00:00Z'))
  })
})
