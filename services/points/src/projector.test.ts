import { describe, expect, test } from '@jest/globals'
import { defaultProgramme, type Programme, programmeSchema, readModels } from '@perennial/contracts'
import { emptyHistory, type Fold, interpret, type MemberEvent, type PointsStateInFull, programmeVersions } from '@perennial/domain'
import fc from 'fast-check'
import { bought, broughtBack, given, instant, joined } from '../../engine/src/testing/given.ts'
import { pointsProjector } from './projector.ts'

const empty = {
  balance: 0,
  available: 0,
  pending: 0,
  held: 0,
  debt: 0,
  earned: 0,
  redeemed: 0,
  expired: 0,
  clawedBack: 0,
  adjusted: 0,
  transferred: 0,
  nextExpiry: null,
  expiring: { in30Days: 0, in60Days: 0, in90Days: 0 },
}

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
    expect(rows.ann).toMatchObject({
      balance: 100,
      available: 100,
      pending: 20,
      earned: 120,
      nextExpiry: { points: 120, at: '2026-03-31T23:00:00.000Z' },
    })
  })

  test('of a member who brought goods back', async () => {
    const { rows } = await given(bought('ann', '2025-03-01', 'o1', '100.00'), broughtBack('ann', '2025-03-20', 'r1', 'o1', '100.00')).when(
      'points',
      '2025-03-21',
    )
    expect(rows.ann).toMatchObject({ ...empty, earned: 100, clawedBack: 100 })
    expect(Object.is((rows.ann as Record<string, unknown>).debt, 0)).toBe(true)
  })

  test('of a member who went quiet', async () => {
    const { rows } = await given(bought('ann', '2023-03-01', 'o1', '100.00')).when('points', '2025-03-21')
    expect(rows.ann).toMatchObject({ ...empty, earned: 100, expired: 100 })
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
      { type: 'perennial.points.expiring.v1', time: '2025-03-02', data: { points: 100, at: '2025-03-31T23:00:00.000Z', warning: 'P30D' } },
      { type: 'perennial.points.expiring.v1', time: '2025-04-01', data: { points: 7, at: '2025-04-30T23:00:00.000Z', warning: 'P30D' } },
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

describe('warnings of several stages', () => {
  const staged: Programme = programmeSchema.parse({
    ...defaultProgramme(),
    points: { ...defaultProgramme().points, warnBefore: ['P90D', 'P60D', 'P30D'] },
  })
  const fold = pointsProjector.fold(programmeVersions([staged])) as Fold<PointsStateInFull>
  const versions = programmeVersions([staged])

  function shownAt(day: string) {
    let state = fold.initial()
    const history = emptyHistory()
    for (const [index, at] of ['2024-03-01', '2024-04-10'].entries()) {
      interpret(history, purchase(index, instant(at), 1000), undefined, (occurrence) => {
        state = fold.evolve(fold.advance(state, occurrence.at), occurrence)
      })
    }
    return pointsProjector.shown(fold.advance(state, instant(day)), instant(day), versions)
  }
  const told = (before: string, after: string) =>
    pointsProjector.transitions(shownAt(before), shownAt(after)).map(({ data }) => Object.values(data).join(' '))

  test('are told once each, also where two expiries lie close together', () => {
    expect(told('2024-12-01', '2025-01-02')).toEqual(['10 2025-03-31T23:00:00.000Z P90D'])
    expect(told('2025-01-02', '2025-02-02')).toEqual(['10 2025-03-31T23:00:00.000Z P60D', '10 2025-04-30T23:00:00.000Z P90D'])
    expect(told('2025-02-02', '2025-02-03')).toEqual([])
    expect(told('2025-02-03', '2025-03-05')).toEqual(['10 2025-03-31T23:00:00.000Z P30D', '10 2025-04-30T23:00:00.000Z P60D'])
  })
})

function purchase(index: number, at: number, amount: number): MemberEvent {
  return {
    ...envelope(index, at),
    type: 'PurchaseRecorded',
    data: { orderId: `o${index}`, currency: 'GBP', lines: [{ sku: 'tea', quantity: 1, amount }] },
  }
}

function envelope(index: number, at: number) {
  return { source: '/till', id: `e${index}`, occurredAt: at, recordedAt: 0, revision: index, position: index + 1 }
}

describe('what is stored', () => {
  const expiries = fc.constantFrom<Programme['points']['expiry']>(
    { after: 'P12M', at: 'end-of-month' },
    { inactivity: 'P6M', at: 'end-of-day' },
    { on: '12-31', yearsLater: 0 },
    'never',
  )
  const steps = fc.array(
    fc.record({
      day: fc.nat(900),
      amount: fc.nat(50_000),
      kind: fc.constantFrom('buy', 'buy', 'buy', 'hold', 'redeem'),
      points: fc.nat(300),
    }),
    { minLength: 1, maxLength: 12 },
  )

  function eventOf(step: { day: number; amount: number; kind: string; points: number }, index: number): MemberEvent {
    const at = instant('2023-01-01') + step.day * 86_400_000
    if (step.kind === 'buy') return purchase(index, at, step.amount)
    const points = step.points + 1
    if (step.kind === 'redeem') return { ...envelope(index, at), type: 'PointsRedeemed', data: { points } }
    const lapsesAt = new Date(at + step.amount * 3_600_000).toISOString()
    return { ...envelope(index, at), type: 'PointsHeld', data: { points, lapsesAt } }
  }

  test('is enough to let time pass and purchases follow: restored, a state goes on as if it had never been put away', () => {
    fc.assert(
      fc.property(steps, expiries, fc.nat(500), (happenings, expiry, later) => {
        const programme = programmeSchema.parse({ ...defaultProgramme(), points: { ...defaultProgramme().points, expiry } })
        const versions = programmeVersions([programme])
        const fold = pointsProjector.fold(versions) as Fold<PointsStateInFull>
        const events = happenings.toSorted((a, b) => a.day - b.day).map(eventOf)
        const history = emptyHistory()
        const foldOnto = (state: PointsStateInFull, more: readonly MemberEvent[]) => {
          let result = state
          for (const event of more) {
            interpret(history, event, undefined, (occurrence) => {
              result = fold.evolve(fold.advance(result, occurrence.at), occurrence)
            })
          }
          return result
        }
        const state = foldOnto(fold.initial(), events)
        const restored = pointsProjector.restore(JSON.parse(JSON.stringify(pointsProjector.save(state)))) as PointsStateInFull
        expect(fold.nextDue(restored)).toBe(fold.nextDue(state))
        const next = purchase(99, state.at + later * 43_200_000, 12_345)
        const end = state.at + later * 86_400_000
        const rowOf = (from: PointsStateInFull) => pointsProjector.row('ann', fold.advance(foldOnto(from, [next]), end), end, versions)
        const goesOn = rowOf(restored)
        history.orders.delete('o99')
        expect(goesOn).toEqual(rowOf(state))
        expect(readModels.points.safeParse(goesOn).success).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
