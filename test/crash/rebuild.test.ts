import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { rebuild } from '@perennial/projector'
import { stories } from '../support/announcements.ts'
import { openTestEngine, publishProgrammes, type TestEngine } from '../support/engine.ts'
import { seed } from '../support/property.ts'
import { createCrashes, eventfulLife, live, manyEvents, outcomeOf, programme, purchase, type Step, withoutIds } from './scenario.ts'

const dayMs = 24 * 3_600_000
const start = Date.parse('2025-06-01T00:00:00Z')
const members = 400
const events = manyEvents({ seed, count: 1_600, members })
const earlier = events.slice(0, 1_400)
const later = events.slice(1_400)

/** Aborts after so many pages of a rebuild. */
function abortAfter(pages: number): { signal: AbortSignal; onProgress: () => void } {
  const stop = new AbortController()
  let page = 0
  return { signal: stop.signal, onProgress: () => void (++page === pages && stop.abort()) }
}

describe(`a rebuild beside a living engine (seed ${seed})`, () => {
  let engine: TestEngine
  let calm: TestEngine

  /** The same happens to an engine that never rebuilds. */
  async function both(happens: (engine: TestEngine) => Promise<unknown>): Promise<void> {
    for (const one of [engine, calm]) {
      await happens(one)
      await one.drain()
    }
  }

  async function pass(days: number): Promise<void> {
    await both(async (one) => (one.now += days * dayMs))
  }

  async function expectNothingNoticed(): Promise<void> {
    const [noticed, expected] = [await outcomeOf(engine), await outcomeOf(calm)]
    expect(noticed.rows).toEqual(expected.rows)
    expect(noticed.stored).toEqual(expected.stored)
    expect(noticed.parked).toEqual(expected.parked)
    expect(stories(noticed.announced)).toEqual(stories(expected.announced))
    expect(withoutIds(noticed.announced)).toEqual(withoutIds(expected.announced))
  }

  beforeEach(async () => {
    engine = openTestEngine({ now: start })
    calm = openTestEngine({ now: start })
    await both((one) => publishProgrammes(one, [programme]))
    await both((one) => one.publish(earlier))
  })

  afterEach(async () => {
    await engine.close()
    await calm.close()
  })

  test('changes nothing and announces nothing', async () => {
    expect(await engine.rebuild()).toBe(true)
    await expectNothingNoticed()
  })

  test.each([1, 2])('that is cut off after page %i goes on later, behind what happened meanwhile', async (pages) => {
    expect(await engine.rebuild(abortAfter(pages))).toBe(false)
    await both((one) => one.publish(later))
    await expectNothingNoticed()
    expect(await engine.rebuild()).toBe(true)
    await expectNothingNoticed()
  })

  test.each([1, 2])('that is cut off after page %i and goes on when time has passed repeats no announcement', async (pages) => {
    expect(await engine.rebuild(abortAfter(pages))).toBe(false)
    await pass(300)
    expect(await engine.rebuild()).toBe(true)
    await pass(1)
    await expectNothingNoticed()
  })

  /** Something happens after the new tables are filled and before they are swapped. */
  async function rebuildWhile(happens: (engine: TestEngine) => Promise<unknown>): Promise<void> {
    await rebuild({
      ...engine,
      async failPoint(name) {
        if (name !== 'rebuild-filled') return
        await happens(engine)
        await engine.drain()
      },
    })
    await happens(calm)
    await calm.drain()
    await pass(1)
    await expectNothingNoticed()
  }

  test('sees the events that came while it worked', () => rebuildWhile((one) => one.publish(later)))

  test('sees the time that passed while it worked', () => rebuildWhile(async (one) => (one.now += 300 * dayMs)))

  test('judges by the programme that was published while it worked', () => {
    const stricter = { ...programme, version: 2, tiers: { ...programme.tiers, levels: programme.tiers.levels.slice(0, 2) } }
    return rebuildWhile(async (one) => {
      await publishProgrammes(one, [stricter])
      await one.publish(later.slice(0, 10))
    })
  })

  test('parks whom the living projectors parked while it worked', () =>
    rebuildWhile((one) =>
      one.publish([
        purchase('w1', 'm1', '2025-01-01T00:00:00Z', '90071992547409.91'),
        purchase('w2', 'm1', '2025-01-02T00:00:00Z', '90071992547409.91'),
      ]),
    ))

  test("and living projectors do not stand in each other's way", async () => {
    const [rebuilt] = await Promise.all([
      engine.rebuild(),
      (async () => {
        for (let part = 0; part < 5; part++) {
          engine.now += 20 * dayMs
          await engine.publish(later.slice(part * 40, (part + 1) * 40))
          await engine.drain()
        }
      })(),
    ])
    expect(rebuilt).toBe(true)
    for (let part = 0; part < 5; part++) {
      calm.now += 20 * dayMs
      await calm.publish(later.slice(part * 40, (part + 1) * 40))
      await calm.drain()
    }
    await pass(1)
    await expectNothingNoticed()
  })

  test('that dies anywhere goes on, and nobody notices', async () => {
    const steps: Step[] = [
      ...eventfulLife(seed).slice(0, 6),
      { at: start + 300 * dayMs, happens: (one) => one.rebuild() },
      { at: start + 301 * dayMs, happens: (one) => one.rebuild() },
    ]
    const places = createCrashes(() => false)
    const expected = await live(steps, places)
    const inRebuild = places.calls.flatMap((name, index) => (/rebuild/.test(name) ? [index + 1] : []))
    const first = Math.min(...inRebuild) - 8
    for (let place = first; place <= places.calls.length; place++) {
      const outcome = await live(
        steps,
        createCrashes((call) => call === place),
      )
      expect(outcome.rows).toEqual(expected.rows)
      expect(outcome.stored).toEqual(expected.stored)
      expect(withoutIds(outcome.announced)).toEqual(withoutIds(expected.announced))
    }
  })
})
