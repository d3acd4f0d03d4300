import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compareEvents, compareText, type EventOrder } from './member-event.ts'

const event = (occurredAt: number, source: string, id: string): EventOrder => ({
  type: 'PurchaseRecorded',
  occurredAt,
  source,
  id,
  revision: 0,
})
const decision = (occurredAt: number, revision: number, id: string): EventOrder => ({
  ...event(occurredAt, '/decisions', id),
  type: 'PointsRedeemed',
  revision,
})
const inOrder = (...events: EventOrder[]) => events.toSorted(compareEvents)

describe('events have one order, whatever way they came', () => {
  test('by when they happened', () => {
    const [first, second] = [event(1, '/z', 'z'), event(2, '/a', 'a')]
    expect(inOrder(second, first)).toEqual([first, second])
  })

  test('at the same instant by source, then by id', () => {
    const [first, second, third] = [event(1, '/a', 'z'), event(1, '/b', 'a'), event(1, '/b', 'b')]
    expect(inOrder(third, second, first)).toEqual([first, second, third])
  })

  test('by code unit, not as a language sorts: 10 before 9, Z before a, z before ä', () => {
    const ids = ['ä', 'a', 'Z', '9', '10']
    expect(inOrder(...ids.map((id) => event(1, '/till', id))).map(({ id }) => id)).toEqual(['10', '9', 'Z', 'a', 'ä'])
  })

  test('at the same instant facts before decisions, decisions in the order in which they were made', () => {
    const events = [event(1, '/till', 'z'), decision(1, 3, 'b'), decision(1, 4, 'a'), event(2, '/a', 'a')]
    expect(inOrder(...events.toReversed())).toEqual(events)
  })

  test('the time it was recorded has no say', () => {
    const early = { ...event(1, '/till', 'a'), recordedAt: 9 }
    const late = { ...event(2, '/till', 'b'), recordedAt: 3 }
    expect(inOrder(late, early)).toEqual([early, late])
  })

  test('any shuffling sorts the same', () => {
    const events = fc.uniqueArray(
      fc.record({
        type: fc.constantFrom('PurchaseRecorded', 'ReturnRecorded', 'PointsHeld', 'TierGranted'),
        occurredAt: fc.nat(3),
        source: fc.constantFrom('/a', '/b', '/ä'),
        id: fc.string({ maxLength: 2 }),
        revision: fc.nat(2),
      }),
      {
        selector: ({ occurredAt, source, id }) => JSON.stringify([occurredAt, source, id]),
        maxLength: 12,
      },
    )
    fc.assert(
      fc.property(
        events.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => expect(inOrder(...shuffled)).toEqual(inOrder(...all)),
      ),
    )
  })
})

test.each([
  ['a', 'b', -1],
  ['b', 'a', 1],
  ['a', 'a', 0],
  ['', 'a', -1],
])('"%s" against "%s" is %d', (a, b, result) => {
  expect(compareText(a, b)).toBe(result)
})
