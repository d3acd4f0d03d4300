import { describe, expect, test } from '@jest/globals'
import { programmeVersions } from '../programme/versions.ts'
import { bought, decided, enrolled, foldAll, given, instant, shop } from '../testing/given.ts'
import { tierFold } from './tier-fold.ts'
import { currentLevel } from './tier-rules.ts'

const grant = (at: string, tier: string, until: string) =>
  decided(at, `grant-${at}`, 'TierGranted', { tier, until: new Date(instant(until)).toISOString(), reason: 'opening party', by: 'ann' })

describe('a tier that is granted by hand', () => {
  test('counts at once, until it ends', () => {
    const history = [enrolled('2025-01-01'), grant('2025-02-01', 'gold', '2025-03-01')]
    given(...history)
      .when(tierFold)
      .then({ tier: 'gold', since: instant('2025-02-01') })
    given(...history)
      .when(tierFold, '2025-03-01T11:59:59.999Z')
      .then({ tier: 'gold' })
    given(...history)
      .when(tierFold, '2025-03-01')
      .then({ tier: 'member', since: instant('2025-03-01'), granted: undefined })
  })

  test('is a floor: who earned more has more, and has one tier (25)', () => {
    const history = [grant('2025-02-01', 'silver', '2025-03-01'), bought('2025-02-02', 'o1', '2000.00')]
    given(...history)
      .when(tierFold)
      .then({ tier: 'gold', since: instant('2025-02-02') })
    given(...history)
      .when(tierFold, '2025-03-02')
      .then({ tier: 'gold', since: instant('2025-02-02') })
  })

  test('does not change what is held: when it ends, what was earned is there', () => {
    given(grant('2025-02-01', 'gold', '2025-03-01'), bought('2025-02-02', 'o1', '600.00'))
      .when(tierFold, '2025-03-02')
      .then({ tier: 'silver', since: instant('2025-03-01') })
  })

  test('replaces an earlier one, also with a lower', () => {
    given(grant('2025-02-01', 'gold', '2025-06-01'), grant('2025-02-10', 'silver', '2025-03-01'))
      .when(tierFold)
      .then({ tier: 'silver', since: instant('2025-02-10') })
    given(grant('2025-02-01', 'gold', '2025-06-01'), grant('2025-02-10', 'silver', '2025-03-01'))
      .when(tierFold, '2025-03-02')
      .then({ tier: 'member' })
  })

  test('until a time that is over ends an earlier one', () => {
    given(grant('2025-02-01', 'gold', '2025-06-01'), grant('2025-02-10', 'gold', '2025-02-10'))
      .when(tierFold)
      .then({ tier: 'member', granted: undefined })
  })

  test('that the programme does not have counts for nothing, until a version has it', () => {
    const history = [enrolled('2025-01-01'), grant('2025-02-01', 'diamond', '2026-01-01')]
    given(...history)
      .when(tierFold)
      .then({ tier: 'member' })
    const levels = [
      { name: 'member', from: '0' },
      { name: 'diamond', from: '9000.00', multiply: '3' },
    ]
    const shiny = shop({ version: 2, effectiveFrom: '2025-06-01', tiers: { levels } })
    given(...history)
      .under(shop(), shiny)
      .when(tierFold, '2025-07-01')
      .then({ tier: 'diamond', since: instant('2025-05-31T23:00:00Z') })
  })

  test('decides the multiplier, and is due when it ends', () => {
    const versions = programmeVersions([shop()])
    const fold = tierFold(versions)
    const state = foldAll(fold, versions, [grant('2025-02-01', 'gold', '2025-03-01')])
    expect(currentLevel(state, versions).name).toBe('gold')
    expect(fold.nextDue(state)).toBe(instant('2025-03-01'))
  })

  test('that ends in eight thousand years keeps nobody waiting', () => {
    const versions = programmeVersions([shop({ tiers: { window: { lifetime: true }, keepUntil: 'P1D' } })])
    const fold = tierFold(versions)
    const state = foldAll(fold, versions, [bought('2025-01-01', 'o1', '600.00'), grant('2025-02-01', 'gold', '9999-03-01')])
    expect(fold.nextDue(state)).toBe(instant('9999-03-01'))
  })
})
