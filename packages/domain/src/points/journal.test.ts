import { describe, expect, test } from '@jest/globals'
import type { Order } from '../member/occurrence.ts'
import { programmeVersions } from '../programme/versions.ts'
import { bought, broughtBack, foldAll, given, instant, shop } from '../testing/given.ts'
import { causeOfTakingBack, type Movement } from './journal.ts'
import type { Lot } from './ledger.ts'
import { pointsFold } from './points-fold.ts'

const programme = shop({ points: { pending: 'P14D' } })

describe('the journal of the points ledger', () => {
  test('tells of a debt that released points pay', () => {
    const movements: Movement[] = []
    const versions = programmeVersions([programme])
    const fold = pointsFold(versions, (movement) => movements.push(movement))
    const owing = fold.initial()
    owing.accounts.debt = -50
    owing.accounts.clawedBack = 50
    foldAll({ ...fold, initial: () => owing }, versions, [bought('2025-01-10', 'o1', '80.00')], instant('2025-02-01'))
    expect(movements.map(({ points, from, to, cause }) => [points, from, to, cause.kind])).toEqual([
      [80, 'issued', 'pending', 'earned'],
      [80, 'pending', 'available', 'released'],
      [50, 'available', 'debt', 'debt-paid'],
    ])
  })

  test('names the order whose points are taken in the place of those that are gone', () => {
    const order = (orderId: string) => ({ source: '/till', orderId, lines: [{ line: { sku: 'tea', lineId: '7' } }] }) as unknown as Order
    const [returned, other] = [order('o1'), order('o2')]
    const part = { order: returned, lineIndex: 0, amount: 100, refundedInAll: 100 }
    const cause = { kind: 'taken-back', returnId: 'r1', order: { source: '/till', orderId: 'o1' }, line: 1, lineId: '7', sku: 'tea' }
    expect(causeOfTakingBack('r1', part, { order: returned } as Lot)).toEqual(cause)
    expect(causeOfTakingBack('r1', part, undefined)).toEqual(cause)
    expect(causeOfTakingBack('r1', part, { order: other } as Lot)).toEqual({ ...cause, insteadFrom: { source: '/till', orderId: 'o2' } })
  })

  test('changes nothing of the state, and leaves nothing in it that would be saved without one', () => {
    const events = [bought('2025-01-10', 'o1', '80.00'), broughtBack('2025-01-12', 'r1', 'o1', '30.00')]
    const plain = given(...events)
      .under(programme)
      .when(pointsFold, '2025-01-20').state
    const told = given(...events)
      .under(programme)
      .when((versions) => pointsFold(versions, () => {}), '2025-01-20').state
    expect(plain.lots.every((lot) => !('order' in lot))).toBe(true)
    expect(told.lots.map(({ order: _, ...lot }) => lot)).toEqual(plain.lots)
    expect(told.accounts).toEqual(plain.accounts)
  })
})
