import { describe, expect, test } from '@jest/globals'
import { dayMs, learnt, type MemberEvent, nothingLearnt, programmeVersions, type ValueModel } from '@perennial/domain'
import fc from 'fast-check'
import { bought, broughtBack, enrolled, foldAll, instant, line, shop, wroteReview } from '../../../packages/domain/src/testing/given.ts'
import { measuredBy } from './testing/value-model.ts'
import { restoreValue, saveValue, type ValueState, valueFold } from './value-fold.ts'

const versionsWith = (...models: ValueModel[]) => programmeVersions([shop()], { ...nothingLearnt, value: learnt(models) })
const measured = versionsWith(measuredBy())

function fold(events: MemberEvent[], to: string, versions = measured): ValueState {
  return foldAll(valueFold(versions), versions, events, instant(to))
}

const first = '2025-03-01'
const dayAfter = (days: number) => new Date(instant(first) + days * dayMs).toISOString()
const big = (on: string, order: string) => bought(on, order, '200.00')

describe('the segment', () => {
  test('is unknown of a member without a shopping day, since when the member is known', () => {
    expect(fold([enrolled(first), wroteReview('2025-04-01')], '2026-01-01')).toMatchObject({ segment: 'unknown', since: instant(first) })
    expect(fold([broughtBack(first, 'r1', undefined, '5.00')], '2026-01-01')).toMatchObject({ segment: 'unknown', since: instant(first) })
  })

  test('is unknown as long as nothing was fitted', () => {
    expect(fold([bought(first, 'o1', '15.00')], '2026-01-01', versionsWith())).toMatchObject({ segment: 'unknown', since: instant(first) })
  })

  test('is that of the scores from the first purchase on', () => {
    expect(fold([enrolled('2025-02-01'), bought(first, 'o1', '5.00')], first)).toMatchObject({ segment: 'new', since: instant(first) })
    expect(fold([big(first, 'o1')], first)).toMatchObject({ segment: 'potential-loyal', since: instant(first) })
  })

  test('drops to the millisecond at which the silence reaches a cut point, where that changes its name', () => {
    const one = [bought(first, 'o1', '5.00')]
    const justBefore = (days: number) => new Date(instant(first) + days * dayMs - 1).toISOString()
    expect(fold(one, justBefore(10))).toMatchObject({ segment: 'new', since: instant(first) })
    for (const [days, segment] of [
      [10, 'promising'],
      [20, 'about-to-sleep'],
      [30, 'hibernating'],
      [40, 'lost'],
    ] as const) {
      expect(fold(one, dayAfter(days))).toMatchObject({ segment, since: instant(dayAfter(days)) })
      expect(fold(one, dayAfter(days + 9))).toMatchObject({ segment, since: instant(dayAfter(days)) })
    }
    // From 10 to 20 days the name of these scores is the same.
    expect(fold([big(first, 'o1')], dayAfter(19))).toMatchObject({ segment: 'potential-loyal', since: instant(first) })
  })

  test('comes back with a purchase, and is dated by it', () => {
    expect(fold([bought(first, 'o1', '5.00'), bought(dayAfter(35), 'o2', '5.00')], dayAfter(35))).toMatchObject({
      segment: 'potential-loyal',
      since: instant(dayAfter(35)),
    })
  })

  test('falls with a return that leaves less money, and is unknown again without a shopping day', () => {
    const two = [line('tea', '200.00', { quantity: 2 })]
    const history = [bought(first, 'o1', two), broughtBack(dayAfter(3), 'r1', 'o1', '195.00')]
    expect(fold(history, dayAfter(3))).toMatchObject({ segment: 'new', since: instant(dayAfter(3)) })
    expect(fold([...history, broughtBack(dayAfter(4), 'r2', 'o1', '5.00')], dayAfter(4))).toMatchObject({
      segment: 'unknown',
      since: instant(dayAfter(4)),
    })
  })

  test('is judged anew from the instant on as of which another model was fitted', () => {
    const early = '2025-02-01T00:00:00Z'
    const late = '2025-03-21T00:00:00Z'
    const versions = versionsWith(
      measuredBy({ asOf: instant(early), shoppingDays: [1, 1, 1, 1] }),
      measuredBy({ asOf: instant(late), silenceDays: [1, 2, 3, 4] }),
    )
    const two = [bought('2025-01-10', 'o1', '2.00'), bought(first, 'o2', '2.00')]
    expect(fold(two.slice(0, 1), '2025-01-31', versions)).toMatchObject({ segment: 'unknown', since: instant('2025-01-10') })
    expect(fold(two.slice(0, 1), early, versions)).toMatchObject({ segment: 'about-to-sleep', since: instant(early) })
    expect(fold(two, first, versions)).toMatchObject({ segment: 'potential-loyal', since: instant(first) })
    expect(fold(two, late, versions)).toMatchObject({ segment: 'hibernating', since: instant(late) })
  })

  test('of somebody in a currency that is not measured is that of recency and frequency', () => {
    expect(fold([bought(first, 'o1', '5000', { currency: 'JPY' })], first)).toMatchObject({ segment: 'new' })
  })
})

describe('what is due', () => {
  const due = (events: MemberEvent[], at: string, versions = measured) => valueFold(versions).nextDue(fold(events, at, versions))

  test('is the next instant at which the segment becomes another, not every cut point', () => {
    expect(due([bought(first, 'o1', '5.00')], first)).toBe(instant(dayAfter(10)))
    expect(due([big(first, 'o1')], first)).toBe(instant(dayAfter(20)))
    expect(due([bought(first, 'o1', '5.00')], dayAfter(40))).toBeUndefined()
  })

  test('is never for who has not bought, and the next model that changes something for who has', () => {
    const same = measuredBy({ asOf: instant('2025-03-02') })
    const other = measuredBy({ asOf: instant('2025-03-05'), silenceDays: [1, 2, 30, 40] })
    const versions = versionsWith(measuredBy(), same, other)
    expect(due([enrolled(first)], first, versions)).toBeUndefined()
    expect(due([bought(first, 'o1', '5.00')], first, versions)).toBe(other.asOf)
  })
})

const start = instant('2024-12-20')
const instants = fc.nat(120 * 24 * 60).map((minutes) => new Date(start + minutes * 60_000).toISOString())
const histories = fc
  .uniqueArray(
    fc.record({
      kind: fc.constantFrom('buy', 'buy', 'buy', 'return', 'join'),
      at: instants,
      order: fc.nat(5),
      amount: fc.constantFrom('0.99', '19.99', '45.00', '600.00'),
    }),
    { minLength: 1, maxLength: 12, selector: ({ at }) => at },
  )
  .map((happenings) =>
    happenings.map(({ kind, at, order, amount }, index): MemberEvent => {
      if (kind === 'join') return enrolled(at, {}, { id: `e${index}` })
      if (kind === 'buy') return bought(at, `o${order}`, amount, { id: `e${index}` })
      return broughtBack(at, `r${index}`, `o${order}`, amount, { id: `e${index}` })
    }),
  )
const cuts = fc
  .uniqueArray(fc.double({ min: 0.001, max: 90, noNaN: true }), { minLength: 4, maxLength: 4 })
  .map((days) => days.toSorted((a, b) => a - b))
const learntModels = fc.array(
  fc.record({ at: fc.nat(200 * 24 * 60), silenceDays: cuts, fewDays: fc.boolean() }).map(({ at, silenceDays, fewDays }) => {
    const shoppingDays = fewDays ? [1, 1, 1, 1] : [1, 2, 4, 8]
    return measuredBy({ asOf: start + (at - 40 * 24 * 60) * 60_000, silenceDays, shoppingDays })
  }),
  { maxLength: 4 },
)

describe('of any history, under any models,', () => {
  const bytes = (state: ValueState) => JSON.stringify(saveValue(state))
  const endOf = (history: MemberEvent[]) => Math.max(...history.map(({ occurredAt }) => occurredAt))

  test('how often the clock is looked at, or the state is stored, never changes a byte', () => {
    fc.assert(
      fc.property(histories, learntModels, fc.array(fc.nat(300 * 24 * 60), { maxLength: 6 }), (history, models, looks) => {
        const versions = versionsWith(...models)
        const { advance } = valueFold(versions)
        const end = endOf(history)
        let state = foldAll(valueFold(versions), versions, history)
        for (const look of looks.toSorted((a, b) => a - b)) {
          state = restoreValue(JSON.parse(bytes(advance(state, end + look * 60_000))))
        }
        expect(bytes(advance(state, end + 400 * dayMs))).toBe(bytes(foldAll(valueFold(versions), versions, history, end + 400 * dayMs)))
      }),
    )
  })

  test('the segment is another just before the instant since when it is said to be, and the same ever after', () => {
    fc.assert(
      fc.property(
        histories,
        learntModels,
        fc.nat(200 * 24 * 60),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (history, models, wait, part) => {
          const versions = versionsWith(...models)
          const folded = (to: number) => foldAll(valueFold(versions), versions, history, to)
          const to = endOf(history) + wait * 60_000
          const { segment, since } = folded(to)
          const before = folded((since as number) - 1)
          if (before.since !== null) expect(before.segment).not.toBe(segment)
          expect(folded(Math.round((since as number) + part * (to - (since as number))))).toMatchObject({ segment, since })
        },
      ),
    )
  })

  test('nothing changes before it is due, and at that instant it does', () => {
    fc.assert(
      fc.property(histories, learntModels, fc.double({ min: 0, max: 1, noNaN: true }), (history, models, part) => {
        const versions = versionsWith(...models)
        const { advance, nextDue } = valueFold(versions)
        const folded = () => foldAll(valueFold(versions), versions, history)
        const { segment } = folded()
        const end = endOf(history)
        const due = nextDue(folded())
        const quietUntil = due ?? end + 3_000 * dayMs
        expect(quietUntil).toBeGreaterThan(end)
        expect(advance(folded(), Math.min(quietUntil - 1, Math.round(end + part * (quietUntil - end)))).segment).toBe(segment)
        if (due === undefined) return
        expect(advance(folded(), due)).toMatchObject({ since: due })
        expect(advance(folded(), due).segment).not.toBe(segment)
      }),
    )
  })

  test('the same events from any order of arrival give the same state', () => {
    fc.assert(
      fc.property(
        histories.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        learntModels,
        ([all, mixed], models) => {
          const versions = versionsWith(...models)
          expect(bytes(foldAll(valueFold(versions), versions, mixed))).toBe(bytes(foldAll(valueFold(versions), versions, all)))
        },
      ),
    )
  })
})
