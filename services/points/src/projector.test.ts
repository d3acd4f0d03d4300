import { describe, expect, test } from '@jest/globals'
import { defaultProgramme, readModels } from '@perennial/contracts'
import { emptyHistory, type Fold, interpret, type MemberEvent, type PointsStateWithAwards, programmeVersions } from '@perennial/domain'
import fc from 'fast-check'
import { bought, broughtBack, given, instant, joined } from '../../engine/src/testing/given.ts'
import { pointsProjector } from './projector.ts'

const empty = { available: 0, pending: 0, expired: 0, redeemed: 0, clawedBack: 0, debt: 0, nextExpiry: null }

describe('a row of points', () => {
  test('of a prospect is all zeros', async () => {
    const { rows } = await given(joined('ann', '2025-03-01')).when('points', '2025-03-02')
    expect(rows.ann).toEqual({ memberId: 'ann', ...empty, asOf: '2025-03-02T12:00:00.000Z' })
  })

  test('of an active member tells what is pending, what is there and what expires next', async () => {
    const { rows } = await given(bought('ann', '2025-03-01', 'o1', '100.99'), bought('ann', '2025-03-20', 'o2', '20.00')).when(
      'points',
      '2025-03-21',
    )
    expect(rows.ann).toMatchObject({ ...empty, available: 100, pending: 20, nextExpiry: { points: 120, at: '2026-03-31T23:00:00.000Z' } })
  })

  test('of a member who brought goods back', async () => {
    const { rows } = await given(bought('ann', '2025-03-01', 'o1', '100.00'), broughtBack('ann', '2025-03-20', 'r1', 'o1', '100.00')).when(
      'points',
      '2025-03-21',
    )
    expect(rows.ann).toMatchObject({ ...empty, clawedBack: 100 })
    expect(Object.is((rows.ann as Record<string, unknown>).debt, 0)).toBe(true)
  })

  test('of a member who went quiet', async () => {
    const { rows } = await given(bought('ann', '2023-03-01', 'o1', '100.00')).when('points', '2025-03-21')
    expect(rows.ann).toMatchObject({ ...empty, expired: 100 })
  })
})

describe('announcements of points', () => {
  test('tell a month ahead that points will expire, once for each expiry', async () => {
    const { announced } = await given(bought('ann', '2024-03-01', 'o1', '100.00'), bought('ann', '2024-04-10', 'o2', '7.00')).when(
      'points',
      '2024-05-01',
      '2025-03-01',
      '2025-03-02',
      '2025-03-03',
      '2025-04-01',
      '2025-04-02',
      '2025-06-01',
    )
    expect(announced.map(({ type, time, data }) => ({ type, time: time.slice(0, 10), data }))).toEqual([
      { type: 'perennial.points.expiring.v1', time: '2025-03-02', data: { points: 100, at: '2025-03-31T23:00:00.000Z' } },
      { type: 'perennial.points.expiring.v1', time: '2025-04-01', data: { points: 7, at: '2025-04-30T23:00:00.000Z' } },
    ])
  })

  test('are made at the very instant from which on points count as about to expire', async () => {
    const order = bought('ann', '2024-03-01', 'o1', '100.00')
    expect((await given(order).when('points', '2024-05-01', '2025-03-01T23:59:59.999Z')).announced).toHaveLength(0)
    expect((await given(order).when('points', '2024-05-01', '2025-03-02T00:00:00.000Z')).announced).toHaveLength(1)
  })

  test('say nothing of points that have expired by the time they are first looked at', async () => {
    const { announced } = await given(bought('ann', '2020-03-01', 'o1', '100.00')).when('points', '2025-03-01')
    expect(announced).toEqual([])
  })
})

describe('what is stored', () => {
  const versions = programmeVersions([defaultProgramme()])
  const fold = pointsProjector.fold(versions) as Fold<PointsStateWithAwards>

  test('is enough to let time pass: restored, a state goes on as if it had never been put away', () => {
    const orders = fc.array(fc.record({ day: fc.nat(900), amount: fc.nat(50_000) }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(orders, fc.nat(500), (bought, later) => {
        const start = instant('2023-01-01')
        const history = emptyHistory()
        let state = fold.initial()
        const sorted = bought.toSorted((a, b) => a.day - b.day)
        for (const [index, { day, amount }] of sorted.entries()) {
          const event: MemberEvent = {
            type: 'PurchaseRecorded',
            source: '/till',
            id: `e${index}`,
            occurredAt: start + day * 86_400_000,
            recordedAt: 0,
            revision: index,
            position: index + 1,
            data: { orderId: `o${index}`, currency: 'GBP', lines: [{ sku: 'tea', quantity: 1, amount }] },
          }
          interpret(history, event, undefined, (occurrence) => {
            state = fold.evolve(fold.advance(state, occurrence.at), occurrence)
          })
        }
        const restored = pointsProjector.restore(JSON.parse(JSON.stringify(pointsProjector.save(state)))) as PointsStateWithAwards
        const end = state.at + later * 86_400_000
        const rowOf = (from: PointsStateWithAwards) => pointsProjector.row('ann', fold.advance(from, end), end, versions)
        expect(fold.nextDue(restored)).toBe(fold.nextDue(state))
        const row = rowOf(restored)
        expect(row).toEqual(rowOf(state))
        expect(readModels.points.safeParse(row).success).toBe(true)
      }),
    )
  })
})
