import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { stories } from '../support/announcements.ts'
import { propertyTimeoutMs, seed } from '../support/property.ts'
import { createCrashes, eventfulLife, farBehind, live, type Outcome, withoutIds } from './scenario.ts'

function expectSame(outcome: Outcome, calm: Outcome): void {
  expect(JSON.stringify(outcome.rows)).toBe(JSON.stringify(calm.rows))
  expect(outcome.stored).toEqual(calm.stored)
  expect(outcome.deadLetters).toEqual(calm.deadLetters)
  expect(outcome.parked).toEqual(calm.parked)
  expect(new Set(outcome.announced.map(({ id }) => id)).size).toBe(outcome.announced.length)
  expect(JSON.stringify(stories(outcome.announced))).not.toContain('BROKEN')
  expect(stories(outcome.announced)).toEqual(stories(calm.announced))
  expect(withoutIds(outcome.announced)).toEqual(withoutIds(calm.announced))
}

describe(`an engine that dies loses nothing and repeats nothing (seed ${seed})`, () => {
  const steps = eventfulLife(seed)

  test('the calm life passes every place to die, refuses and parks', async () => {
    const places = createCrashes(() => false)
    const calm = await live(steps, places)
    expect(new Set(places.calls)).toEqual(
      new Set([
        'ingest batch-read',
        'ingest events-appended',
        'ingest dead-letters-kept',
        'settlement page-read',
        'settlement page-settled',
        'projector batch-read',
        'projector batch-folded',
        'projector batch-committed',
        'projector clock-committed',
        'projector sweep-committed',
        'projector retry-committed',
        'relay announcements-published',
      ]),
    )
    expect(calm.deadLetters).toHaveLength(3)
    expect(calm.parked).toContain('tier whale')
    expect(calm.announced.length).toBeGreaterThan(10)
  })

  test(
    'wherever it dies once',
    async () => {
      const places = createCrashes(() => false)
      const calm = await live(steps, places)
      for (let place = 1; place <= places.calls.length; place++) {
        try {
          expectSame(
            await live(
              steps,
              createCrashes((call) => call === place),
            ),
            calm,
          )
        } catch (error) {
          throw new Error(`after dying at call ${place}, ${places.calls[place - 1]}`, { cause: error })
        }
      }
    },
    propertyTimeoutMs,
  )

  test(
    'however often it dies',
    async () => {
      const calm = await live(steps)
      await fc.assert(
        fc.asyncProperty(fc.infiniteStream(fc.integer({ min: 0, max: 3 })), async (dice) => {
          expectSame(
            await live(
              steps,
              createCrashes(() => dice.next().value === 0),
            ),
            calm,
          )
        }),
        { seed, numRuns: 15 },
      )
    },
    propertyTimeoutMs,
  )

  test(
    'however often it dies in the sweep over a history that it is far behind of',
    async () => {
      const imported = farBehind(seed)
      const calm = await live(imported)
      let sweeps = 0
      const places = createCrashes((_, name) => name === 'projector sweep-committed' && ++sweeps % 5 === 0)
      expectSame(await live(imported, places), calm)
      expect(sweeps).toBeGreaterThan(5)
    },
    propertyTimeoutMs,
  )
})
