import { describe, test } from '@jest/globals'
import { bought } from '../testing/given.ts'
import type { CommandOf } from './decision.ts'
import { given } from './testing/when-asked.ts'

const hundred = bought('2025-01-10', 'o1', '100.00')
const noon = '2025-02-01'

describe('a tier by hand', () => {
  const grant = (tier: string, until: string): CommandOf<'grant-tier'> => ({ command: 'grant-tier', tier, until, reason: 'vip', by: 'ben' })
  const words = { reason: 'vip', by: 'ben' }

  test("lasts until the end of its last day in the programme's time zone, or until an instant", () => {
    given(hundred)
      .whenAsked(grant('gold', '2025-06-30'), noon)
      .decides('TierGranted', { tier: 'gold', until: '2025-06-30T23:00:00.000Z', ...words })
    given(hundred)
      .whenAsked(grant('gold', '2025-06-30T18:00:00+08:00'), noon)
      .decides('TierGranted', { tier: 'gold', until: '2025-06-30T10:00:00.000Z', ...words })
  })

  test('to the end of all days ends while years have four digits', () => {
    given(hundred)
      .whenAsked(grant('gold', '9999-12-31'), noon)
      .decides('TierGranted', { tier: 'gold', until: '9999-12-31T23:59:59.999Z', ...words })
  })

  test('is one of the programme', () => {
    given(hundred).whenAsked(grant('platinum', '2025-06-30'), noon).refuses('tier-unknown', '"platinum"', 'member, silver, gold')
  })

  test('lasts into the time to come', () => {
    given(hundred).whenAsked(grant('gold', '2025-01-31'), noon).refuses('time-over')
    given(hundred).whenAsked(grant('gold', '2025-02-01T12:00:00Z'), noon).refuses('time-over')
    given(hundred)
      .whenAsked(grant('gold', '2025-02-01'), noon)
      .decides('TierGranted', { tier: 'gold', until: '2025-02-02T00:00:00.000Z', ...words })
  })
})
