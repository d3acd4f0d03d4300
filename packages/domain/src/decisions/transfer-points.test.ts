import { describe, test } from '@jest/globals'
import { bought, shop } from '../testing/given.ts'
import { given } from './testing/when-asked.ts'

const hundred = bought('2025-01-10', 'o1', '100.00')
const noon = '2025-02-01'

describe('points for another member', () => {
  const yearly = shop({ points: { expiry: { after: 'P1Y', at: 'end-of-day' } } })
  const more = bought('2025-01-20', 'o2', '50.00')

  test('are those that expire first, each with its expiry', () => {
    given(more, hundred)
      .under(yearly)
      .whenAsked({ command: 'transfer', to: 'bob', points: 120 }, noon)
      .decides('PointsTransferredOut', {
        to: 'bob',
        points: 120,
        lots: [
          { points: 100, expiresAt: '2026-01-11T00:00:00.000Z' },
          { points: 20, expiresAt: '2026-01-21T00:00:00.000Z' },
        ],
      })
  })

  test('that never expire do so no more with the other one', () => {
    given(hundred, more)
      .whenAsked({ command: 'transfer', to: 'bob', points: 150 }, noon)
      .decides('PointsTransferredOut', { to: 'bob', points: 150, lots: [{ points: 150, expiresAt: null }] })
  })

  test('are not those that are pending or spent', () => {
    const pending = shop({ points: { pending: 'P20D' } })
    given(hundred, more)
      .under(pending)
      .whenAsked({ command: 'transfer', to: 'bob', points: 101 }, noon)
      .refuses('points-missing', '100 points')
    given(hundred, more)
      .under(pending)
      .whenAsked({ command: 'transfer', to: 'bob', points: 100 }, noon)
      .decides('PointsTransferredOut', { to: 'bob', points: 100, lots: [{ points: 100, expiresAt: null }] })
  })

  test('need not be whole blocks', () => {
    given(hundred)
      .under(shop({ points: { redeem: { block: 100, worth: '1.00' } } }))
      .whenAsked({ command: 'transfer', to: 'bob', points: 7 }, noon)
      .decides('PointsTransferredOut', { to: 'bob', points: 7, lots: [{ points: 7, expiresAt: null }] })
  })

  test('do not go to oneself', () => {
    given(hundred).whenAsked({ command: 'transfer', to: 'ann', points: 1 }, noon).refuses('same-member')
  })

  test('are everything in a pool, where there is anything', () => {
    given(hundred)
      .whenAsked({ command: 'pool', into: 'bob', from: ['ann'] }, noon)
      .decides('PointsTransferredOut', { to: 'bob', points: 100, lots: [{ points: 100, expiresAt: null }] })
    given()
      .whenAsked({ command: 'pool', into: 'bob', from: ['ann'] }, noon)
      .refuses('points-missing', 'nothing to give')
  })
})
