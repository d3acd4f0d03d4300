import { describe, expect, test } from '@jest/globals'
import type { MemberEvent } from '../member/member-event.ts'
import { programmeVersions } from '../programme/versions.ts'
import { bought, broughtBack, decided, foldAll, given, instant, line, shop } from '../testing/given.ts'
import type { Movement } from './journal.ts'
import { pointsFold } from './points-fold.ts'

const programme = shop({ points: { pending: 'P14D' } })

function told(...events: MemberEvent[]): { movements: Movement[] } {
  const movements: Movement[] = []
  const versions = programmeVersions([programme])
  const fold = pointsFold(versions, (movement) => movements.push(movement))
  foldAll(fold, versions, events, instant('2026-01-01'))
  return { movements }
}

describe('the journal of the points ledger', () => {
  test('tells of a debt that released points pay', () => {
    const { movements } = told(
      bought('2025-01-01', 'o1', '50.00'),
      decided('2025-01-20', 'take', 'PointsAdjusted', { points: -80, reason: 'fraud', by: 'kim' }),
      bought('2025-02-01', 'o2', '80.00'),
    )
    expect(movements.map(({ points, from, to, cause }) => [points, from, to, cause.kind])).toEqual([
      [50, 'issued', 'pending', 'earned'],
      [50, 'pending', 'available', 'released'],
      [50, 'available', 'adjusted', 'taken-by-hand'],
      [30, 'debt', 'adjusted', 'taken-by-hand'],
      [80, 'issued', 'pending', 'earned'],
      [80, 'pending', 'available', 'released'],
      [30, 'available', 'debt', 'debt-paid'],
    ])
  })

  test('names the order whose points are taken in the place of those that are gone', () => {
    const { movements } = told(
      bought('2025-01-01', 'o1', [line('tea', '50.00', { lineId: '7' })]),
      bought('2025-01-02', 'o2', '30.00'),
      decided('2025-01-20', 'spend', 'PointsRedeemed', { points: 40 }),
      broughtBack('2025-01-21', 'r1', 'o1', '50.00'),
    )
    const cause = { kind: 'taken-back', returnId: 'r1', order: { source: '/till', orderId: 'o1' }, line: 1, lineId: '7', sku: 'tea' }
    expect(movements.filter(({ to }) => to === 'clawedBack')).toEqual([
      { at: instant('2025-01-21'), points: 10, from: 'available', to: 'clawedBack', cause },
      {
        at: instant('2025-01-21'),
        points: 30,
        from: 'available',
        to: 'clawedBack',
        cause: { ...cause, insteadFrom: { order: { source: '/till', orderId: 'o2' } } },
      },
      { at: instant('2025-01-21'), points: 10, from: 'debt', to: 'clawedBack', cause },
    ])
  })

  test('changes nothing of the state, and leaves nothing in it that would be saved without one', () => {
    const events = [bought('2025-01-10', 'o1', '80.00'), broughtBack('2025-01-12', 'r1', 'o1', '30.00')]
    const plain = given(...events)
      .under(programme)
      .when(pointsFold, '2025-01-20').state
    const told = given(...events)
      .under(programme)
      .when((versions) => pointsFold(versions, () => {}), '2025-01-20').state
    expect(plain.lots.every((lot) => !('source' in lot))).toBe(true)
    expect(told.lots.map(({ source: _, ...lot }) => lot)).toEqual(plain.lots)
    expect(told.accounts).toEqual(plain.accounts)
  })
})
