import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { churnRiskFold } from './churn-risk/churn-risk-fold.ts'
import type { Fold } from './fold.ts'
import { lifecycleFold } from './lifecycle/lifecycle-fold.ts'
import type { MemberEvent } from './member/member-event.ts'
import { sumOf } from './points/ledger.ts'
import { pointsFold } from './points/points-fold.ts'
import { type ProgrammeVersions, programmeVersions } from './programme/versions.ts'
import { bought, broughtBack, enrolled, foldAll, instant, shop, wroteReview } from './testing/given.ts'
import { tierFold } from './tier/tier-fold.ts'
import { dayMs } from './time/calendar.ts'

const folds: [string, (versions: ProgrammeVersions) => Fold<unknown>][] = [
  ['tier', tierFold as never],
  ['points', pointsFold as never],
  ['lifecycle', lifecycleFold as never],
  ['churn risk', churnRiskFold as never],
]

const start = instant('2024-01-30')
const days = fc.nat(500).map((day) => new Date(start + day * dayMs).toISOString())
const amounts = fc.constantFrom('0.99', '19.99', '250.00', '600.00')
const events = fc
  .array(
    fc.record({ kind: fc.constantFrom('buy', 'buy', 'buy', 'return', 'join', 'review'), at: days, order: fc.nat(9), amount: amounts }),
    { minLength: 1, maxLength: 12 },
  )
  .map((happenings) =>
    happenings.map(({ kind, at, order, amount }, index): MemberEvent => {
      const id = `e${index}`
      if (kind === 'buy') return bought(at, `o${order}`, amount, { id })
      if (kind === 'return') return broughtBack(at, `r${index}`, `o${order}`, amount, { id })
      return kind === 'join' ? enrolled(at, {}, { id }) : wroteReview(at, { id })
    }),
  )
const versions = programmeVersions([
  shop({ points: { pending: 'P14D', expiry: { after: 'P3M', at: 'end-of-month' } }, tiers: { window: { rolling: 'P6M' } } }),
  shop({
    version: 2,
    effectiveFrom: '2024-09-01',
    tiers: {
      levels: [
        { name: 'member', from: '0' },
        { name: 'silver', from: '300.00', multiply: '1.5' },
      ],
    },
  }),
])
const looks = fc.array(fc.nat(400), { maxLength: 6 })

describe.each(folds)('%s', (_, foldOf) => {
  const fold = foldOf(versions)

  test('how often the clock is looked at never changes a state', () => {
    fc.assert(
      fc.property(events, looks, (history, offsets) => {
        const last = Math.max(...history.map(({ occurredAt }) => occurredAt))
        const end = last + 900 * dayMs
        let state = foldAll(fold, versions, history)
        for (const offset of offsets.toSorted((a, b) => a - b)) state = fold.advance(state, last + offset * dayMs)
        expect(fold.advance(state, end)).toEqual(foldAll(fold, versions, history, end))
      }),
    )
  })

  test('nothing is named anew before it is due', () => {
    const named = (state: unknown) => {
      const { tier, stage, band, accounts } = state as Record<string, unknown>
      return JSON.stringify([typeof tier === 'object' ? undefined : tier, stage, band, accounts])
    }
    fc.assert(
      fc.property(events, fc.nat(400), (history, wait) => {
        const state = foldAll(fold, versions, history)
        const before = named(state)
        const last = Math.max(...history.map(({ occurredAt }) => occurredAt))
        const due = fold.nextDue(state) ?? Number.POSITIVE_INFINITY
        expect(due).toBeGreaterThan(last)
        expect(named(fold.advance(state, Math.min(due - 1, last + wait * dayMs)))).toBe(before)
      }),
    )
  })

  test('what is due comes one after another, and comes to an end', () => {
    fc.assert(
      fc.property(events, (history) => {
        let state = foldAll(fold, versions, history)
        let before = Math.max(...history.map(({ occurredAt }) => occurredAt))
        for (let count = 0; ; count++) {
          const due = fold.nextDue(state)
          if (due === undefined) break
          expect(due).toBeGreaterThan(before)
          expect(count).toBeLessThan(100)
          state = fold.advance(state, due)
          before = due
        }
        expect(fold.nextDue(fold.advance(state, before + 9_000 * dayMs))).toBeUndefined()
      }),
    )
  })

  test('the same events from any order of arrival give the same state', () => {
    fc.assert(
      fc.property(
        events.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => expect(foldAll(fold, versions, shuffled)).toEqual(foldAll(fold, versions, all)),
      ),
    )
  })
})

test('points never come from nowhere: the ledger sums to zero after every event and at every look', () => {
  fc.assert(
    fc.property(events, looks, (history, offsets) => {
      const fold = pointsFold(versions)
      let state = foldAll(fold, versions, history, undefined, ({ accounts }) => expect(sumOf(accounts)).toBe(0))
      for (const offset of offsets.toSorted((a, b) => a - b)) {
        state = fold.advance(state, start + offset * 3 * dayMs)
        expect(sumOf(state.accounts)).toBe(0)
        const inLots = state.lots.reduce((sum, { left }) => sum + left, 0)
        expect(inLots).toBe(state.accounts.available + state.accounts.pending)
      }
    }),
  )
})
