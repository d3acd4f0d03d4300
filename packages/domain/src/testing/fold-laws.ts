import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Fold } from '../fold.ts'
import type { MemberEvent } from '../member/member-event.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import { dayMs } from '../time/calendar.ts'
import { bought, broughtBack, did, enrolled, foldAll, instant } from './given.ts'

/** What every fold keeps to, whatever it is about. */
export interface FoldToTest<State> {
  fold: (versions: ProgrammeVersions) => Fold<State>
  versions: ProgrammeVersions
  /** The named values, which change by themselves at due instants only. */
  named(state: State): unknown
  /** As the projector has them, where it does not store the state as it is. */
  save?(state: State): unknown
  restore?(saved: unknown): State
}

export const firstDay = instant('2024-01-30')
const instants = fc
  .record({ day: fc.oneof(fc.nat(500), fc.nat(40)), hour: fc.constantFrom(0, 0, 5, 11.75, 12) })
  .map(({ day, hour }) => new Date(firstDay + day * dayMs + hour * 3_600_000).toISOString())
const amounts = fc.constantFrom('0.99', '19.99', '250.00', '600.00')
const kinds = ['buy', 'buy', 'buy', 'return', 'join', 'review'] as const
const happenings = fc.record({ kind: fc.constantFrom(...kinds), at: instants, order: fc.nat(9), amount: amounts })

function toEvent({ kind, at, order, amount }: { kind: string; at: string; order: number; amount: string }, index: number): MemberEvent {
  const id = `e${index}`
  if (kind === 'buy') return bought(at, `o${order}`, amount, { id })
  if (kind === 'return') return broughtBack(at, `r${index}`, `o${order}`, amount, { id })
  return kind === 'join' ? enrolled(at, {}, { id }) : did(at, order < 5 ? 'review' : 'game', { id })
}

/** Histories of up to a year and a half: purchases, returns of some of them in part or in full, joining, engagement. */
export const histories = fc.array(happenings, { minLength: 1, maxLength: 12 }).map((all) => all.map(toEvent))
export const looks = fc.array(fc.nat(400), { maxLength: 6 })

const lastOf = (history: readonly MemberEvent[]) => Math.max(...history.map(({ occurredAt }) => occurredAt))

export function keepsTheLawsOfFolds<State>(name: string, { fold: foldOf, versions, named, save, restore }: FoldToTest<State>): void {
  const fold = foldOf(versions)
  const nameOf = (state: State) => JSON.stringify(named(state))

  describe(name, () => {
    test('how often the clock is looked at never changes a state', () => {
      fc.assert(
        fc.property(histories, looks, (history, offsets) => {
          const last = lastOf(history)
          const end = last + 900 * dayMs
          let state = foldAll(fold, versions, history)
          for (const offset of offsets.toSorted((a, b) => a - b)) state = fold.advance(state, last + offset * dayMs)
          expect(fold.advance(state, end)).toEqual(foldAll(fold, versions, history, end))
        }),
      )
    })

    test('nothing is named anew before it is due', () => {
      fc.assert(
        fc.property(histories, fc.nat(400), (history, wait) => {
          const state = foldAll(fold, versions, history)
          const before = nameOf(state)
          const last = lastOf(history)
          const due = fold.nextDue(state) ?? Number.POSITIVE_INFINITY
          expect(due).toBeGreaterThan(last)
          expect(nameOf(fold.advance(state, Math.min(due - 1, last + wait * dayMs)))).toBe(before)
        }),
      )
    })

    test('what is due comes one after another, and comes to an end', () => {
      fc.assert(
        fc.property(histories, (history) => {
          let state = foldAll(fold, versions, history)
          let before = lastOf(history)
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
          histories.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
          ([all, shuffled]) => expect(foldAll(fold, versions, shuffled)).toEqual(foldAll(fold, versions, all)),
        ),
      )
    })

    if (!save || !restore) return
    test('restored, a state goes on as if it had never been put away, with all that is not a return', () => {
      fc.assert(
        fc.property(histories, histories, fc.nat(400), (history, following, wait) => {
          const last = lastOf(history)
          const more = following
            .filter(({ type }) => type !== 'ReturnRecorded')
            .map((event, index) => later(event, index, last - firstDay + 1))
          const inFull = foldAll(fold, versions, history)
          const restored = restore(JSON.parse(JSON.stringify(save(inFull))))
          expect(save(restored)).toEqual(save(inFull))
          expect(fold.nextDue(restored)).toBe(fold.nextDue(inFull))
          const end = lastOf([...history, ...more]) + wait * dayMs
          const goesOn = foldAll({ ...fold, initial: () => restored }, versions, more, end)
          expect(save(goesOn)).toEqual(save(foldAll(fold, versions, [...history, ...more], end)))
        }),
      )
    })
  })
}

/** The event so much later, and an order that nobody has heard of before. */
function later(event: MemberEvent, index: number, ms: number): MemberEvent {
  const moved = { ...event, id: `later-${event.id}`, occurredAt: event.occurredAt + ms }
  if (moved.type !== 'PurchaseRecorded') return moved
  return { ...moved, data: { ...moved.data, orderId: `later-${index}` } }
}
