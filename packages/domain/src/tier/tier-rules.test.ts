import { describe, expect, test } from '@jest/globals'
import type { Programme } from '@perennial/contracts'
import fc from 'fast-check'
import type { MemberEvent } from '../member/member-event.ts'
import { type ProgrammeVersions, programmeVersions } from '../programme/versions.ts'
import { bought, broughtBack, decided, enrolled, foldAll, instant, shop, wroteReview } from '../testing/given.ts'
import { dayMs } from '../time/calendar.ts'
import { restoreTier, saveTier, type TierFoldState, tierFold } from './tier-fold.ts'
import { tierEnding } from './tier-rules.ts'

const start = instant('2024-01-30')

const settings = fc.record(
  {
    metric: fc.constantFrom('spend' as const, 'spend' as const, 'points' as const, 'purchases' as const),
    window: fc.constantFrom<Programme['tiers']['window']>(
      { rolling: 'P6M' },
      { rolling: 'P20D' },
      { calendar: 'year' },
      { anniversary: 'enrolment' },
      { lifetime: true },
    ),
    upgrade: fc.constantFrom('immediately' as const, 'immediately' as const, 'at-evaluation' as const),
    keepUntil: fc.constantFrom(undefined, 'end-of-next-year', 'P12M', 'P40D'),
    to: fc.constantFrom('one-down' as const, 'earned' as const),
    grace: fc.constantFrom('P0D', 'P1M', 'P10D'),
    warnBefore: fc.constantFrom('P0D', 'P30D', 'P6M'),
    onReturn: fc.constantFrom('recalculate' as const, 'at-evaluation' as const),
    names: fc.constantFrom(['member', 'silver', 'gold'], ['member', 'gold'], ['basic', 'silver', 'gold', 'black']),
  },
  { noNullPrototype: true },
)
const steps = { spend: 300, points: 300, purchases: 2 }

const programmes = fc.array(settings, { minLength: 1, maxLength: 3 }).map((versions) =>
  versions.map(({ to, grace, warnBefore, names, keepUntil, ...tiers }, index) =>
    shop({
      version: index + 1,
      effectiveFrom: ['2000-01-01', '2024-07-15', '2025-01-01'][index] as string,
      tiers: {
        ...tiers,
        ...(keepUntil !== undefined && { keepUntil }),
        downgrade: { to, grace, warnBefore },
        levels: names.map((name, place) => ({ name, from: String(place * steps[tiers.metric]) })),
      },
    }),
  ),
)

const happenings = fc.array(
  fc.record({
    kind: fc.constantFrom('buy', 'buy', 'buy', 'return', 'join', 'review', 'grant'),
    day: fc.nat(420),
    order: fc.nat(7),
    amount: fc.constantFrom('19.99', '250.00', '300.00', '600.00'),
    tier: fc.constantFrom('silver', 'gold', 'black'),
  }),
  { minLength: 1, maxLength: 12 },
)
const histories = happenings.map((all) =>
  all.map(({ kind, day, order, amount, tier }, index): MemberEvent => {
    const at = new Date(start + day * dayMs).toISOString()
    const until = new Date(start + (day + order * 30) * dayMs).toISOString()
    if (kind === 'buy') return bought(at, `o${order}`, amount, { id: `e${index}` })
    if (kind === 'return') return broughtBack(at, `r${index}`, `o${order}`, amount, { id: `e${index}` })
    if (kind === 'grant') return decided(at, `e${index}`, 'TierGranted', { tier, until, reason: 'x', by: 'ann' })
    return kind === 'join' ? enrolled(at, {}, { id: `e${index}` }) : wroteReview(at, { id: `e${index}` })
  }),
)
const looks = fc.array(fc.nat(900), { maxLength: 6 }).map((days) => days.toSorted((a, b) => a - b))
const runs = { numRuns: 400 }

/** What is announced: it may change only when it is due. */
function shown(state: TierFoldState, versions: ProgrammeVersions, asOf: number) {
  return { tier: state.tier, since: state.since, ending: tierEnding(state, versions, asOf) }
}

const copy = (state: TierFoldState): TierFoldState => restoreTier(JSON.parse(JSON.stringify(saveTier(state))))

describe('under any rules for tiers', () => {
  test('how often the clock is looked at never changes a state', () => {
    fc.assert(
      fc.property(programmes, histories, looks, (published, history, offsets) => {
        const versions = programmeVersions(published)
        const fold = tierFold(versions)
        const last = Math.max(...history.map(({ occurredAt }) => occurredAt))
        const end = last + 1_000 * dayMs
        let state = foldAll(fold, versions, history)
        for (const days of offsets) state = fold.advance(state, last + days * dayMs)
        expect(fold.advance(state, end)).toEqual(foldAll(fold, versions, history, end))
      }),
      runs,
    )
  })

  test('nothing that shows changes before it is due, whenever one looks', () => {
    fc.assert(
      fc.property(programmes, histories, fc.nat(420), fc.nat(1_000_000), (published, history, after, share) => {
        const versions = programmeVersions(published)
        const fold = tierFold(versions)
        const known = history.filter(({ occurredAt }) => occurredAt <= start + after * dayMs)
        if (known.length === 0) return
        let state = foldAll(fold, versions, known, start + after * dayMs)
        for (let count = 0; count < 60; count++) {
          const { at } = state
          const due = fold.nextDue(state)
          const before = shown(state, versions, at)
          const until = due ?? at + 3_000 * dayMs
          expect(until).toBeGreaterThan(at)
          for (const look of [until - 1, at + Math.floor(((until - 1 - at) * share) / 1_000_000)]) {
            expect(shown(fold.advance(copy(state), look), versions, look)).toEqual(before)
            // A state that time has not passed for shows the same.
            expect(shown(state, versions, look)).toEqual(before)
          }
          if (due === undefined) return
          state = fold.advance(state, due)
        }
        throw new Error('what is due comes to no end')
      }),
      runs,
    )
  })

  test('an ending that is told is the truth, if nothing more happens', () => {
    fc.assert(
      fc.property(programmes, histories, fc.nat(500), (published, history, wait) => {
        const versions = programmeVersions(published)
        const fold = tierFold(versions)
        const state = foldAll(fold, versions, history)
        const looked = fold.advance(state, state.at + wait * dayMs)
        const ending = tierEnding(looked, versions, looked.at)
        if (!ending) return
        const { tier } = looked
        expect(fold.advance(copy(looked), ending.at - 1).tier).toBe(tier)
        expect(fold.advance(copy(looked), ending.at)).toMatchObject({ tier: ending.to, since: ending.at })
      }),
      runs,
    )
  })

  test('a state that was saved goes on as the one in memory', () => {
    fc.assert(
      fc.property(programmes, histories, fc.nat(900), (published, history, days) => {
        const versions = programmeVersions(published)
        const fold = tierFold(versions)
        const state = foldAll(fold, versions, history)
        const to = state.at + days * dayMs
        const saved = copy(state)
        expect(saveTier(fold.advance(saved, to))).toEqual(saveTier(fold.advance(state, to)))
      }),
      runs,
    )
  })

  test('the same events from any order of arrival give the same state', () => {
    fc.assert(
      fc.property(
        programmes,
        histories.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        (published, [all, shuffled]) => {
          const versions = programmeVersions(published)
          const fold = tierFold(versions)
          const facts = (history: MemberEvent[]) => history.filter(({ type }) => type !== 'TierGranted')
          expect(foldAll(fold, versions, facts(shuffled))).toEqual(foldAll(fold, versions, facts(all)))
        },
      ),
      runs,
    )
  })

  test('the sum in the window is that of its days, and the tier is one of the programme', () => {
    fc.assert(
      fc.property(programmes, histories, fc.nat(900), (published, history, days) => {
        const versions = programmeVersions(published)
        const fold = tierFold(versions)
        const state = foldAll(fold, versions, history)
        const { at, qualifying, daysOutside, tier, ...rest } = fold.advance(state, state.at + days * dayMs)
        const { metric, levels } = versions.judging(at).programme.tiers
        const inWindow = (rest.days[metric] ?? []).slice(daysOutside)
        expect(inWindow.reduce((sum, [, amount]) => sum + amount, 0)).toBe(qualifying)
        expect(levels.map(({ name }) => name)).toContain(tier)
      }),
      runs,
    )
  })
})
