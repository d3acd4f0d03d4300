import { describe, expect, test } from '@jest/globals'
import type { CloudEvent } from '@perennial/contracts'
import { loadProgrammes, sweep, verify } from '@perennial/projector'
import { openSqliteReadStore, type ReadModel } from '@perennial/read-store'
import fc from 'fast-check'
import { announced, stories } from '../support/announcements.ts'
import { type History, histories, lookingInstants, programmes, shuffledBatches } from '../support/arbitraries.ts'
import { diceOf } from '../support/dice.ts'
import { exportRows, publishProgrammes, recordModels, storedMembers, type TestEngine, withEngine } from '../support/engine.ts'
import { propertyTimeoutMs, runs, seed } from '../support/property.ts'
import { randomStoredModels } from '../support/random-stored-models.ts'

function lastOf(events: readonly CloudEvent[]): number {
  return Math.max(...events.map(({ time }) => Date.parse(time)))
}

async function contents(engine: TestEngine) {
  return { rows: await exportRows(engine), stored: await storedMembers(engine) }
}

/** The history, told once and in one piece, as it stands at an instant. */
function toldOnce({ programmes, events }: History, now: number) {
  return withEngine({ now }, async (engine) => {
    await publishProgrammes(engine, programmes)
    await engine.publish(events)
    await engine.drain()
    return contents(engine)
  })
}

/** A history, and the same events again: in any order, in any batches, some of them twice. */
const retold = histories.chain(({ programmes, events }) =>
  fc.record({
    history: fc.constant({ programmes, events }),
    batches: fc.subarray(events).chain((again) => shuffledBatches([...events, ...again])),
    programmesAfterBatch: fc.nat({ max: 5 }),
  }),
)

describe(`what is known does not depend on how it came to be known (seed ${seed})`, () => {
  test(
    'events in any order, in any batches, and some of them twice, end in the same rows and the same stored states',
    async () => {
      await fc.assert(
        fc.asyncProperty(retold, async ({ history, batches }) => {
          const now = lastOf(history.events)
          const again = await withEngine({ now }, async (engine) => {
            await publishProgrammes(engine, history.programmes)
            for (const batch of batches) {
              await engine.publish(batch)
              await engine.drain()
            }
            return contents(engine)
          })
          expect(again).toEqual(await toldOnce(history, now))
        }),
        runs(100),
      )
    },
    propertyTimeoutMs,
  )

  test(
    'a new version of the programme that is published in the middle judges as if it had always been there',
    async () => {
      await fc.assert(
        fc.asyncProperty(retold, async ({ history, batches, programmesAfterBatch }) => {
          const now = lastOf(history.events)
          const [first, ...later] = history.programmes
          const again = await withEngine({ now }, async (engine) => {
            await publishProgrammes(engine, first ? [first] : [])
            for (const [index, batch] of batches.entries()) {
              await engine.publish(batch)
              await engine.drain()
              if (index === Math.min(programmesAfterBatch, batches.length - 1)) await publishProgrammes(engine, later)
            }
            await engine.drain()
            return contents(engine)
          })
          expect(again).toEqual(await toldOnce(history, now))
        }),
        runs(50),
      )
    },
    propertyTimeoutMs,
  )

  test(
    'a model that is recorded in the middle judges as if it had always been there, and the story stays unbroken',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          retold,
          fc.nat(),
          fc.array(fc.nat({ max: 400 }), { maxLength: 3 }),
          async ({ history, batches }, seedOfModels, days) => {
            const now = lastOf(history.events)
            const models = randomStoredModels(diceOf(seedOfModels)).filter(({ data }) => Date.parse(data.asOf) <= now)
            const clocks = days.map((later) => now + later * 24 * 3_600_000).sort((a, b) => a - b)
            const goOn = async (engine: TestEngine) => {
              for (const clock of clocks) {
                engine.now = clock
                await engine.drain()
              }
              return contents(engine)
            }
            const again = await withEngine({ now }, async (engine) => {
              await publishProgrammes(engine, history.programmes)
              const left = [...models]
              for (const batch of batches) {
                await engine.publish(batch)
                await engine.drain()
                await recordModels(engine, left.splice(0, 2))
              }
              await recordModels(engine, left)
              await engine.drain()
              const end = await goOn(engine)
              expect(JSON.stringify(stories(await announced(engine)))).not.toContain('BROKEN')
              return end
            })
            const known = await withEngine({ now }, async (engine) => {
              await publishProgrammes(engine, history.programmes)
              await recordModels(engine, models)
              await engine.publish(history.events)
              await engine.drain()
              return goOn(engine)
            })
            expect(again).toEqual(known)
          },
        ),
        runs(60),
      )
    },
    propertyTimeoutMs,
  )

  test(
    'rebuilt tables, tables filled by a sweep and verify all agree with the live tables, and every ledger sums to zero',
    async () => {
      await fc.assert(
        fc.asyncProperty(retold, fc.nat({ max: 400 }), async ({ history, batches }, daysLater) => {
          await withEngine({ now: lastOf(history.events) }, async (engine) => {
            await publishProgrammes(engine, history.programmes)
            for (const batch of batches) {
              await engine.publish(batch)
              await engine.drain()
            }
            engine.now += daysLater * 24 * 3_600_000
            await engine.drain()
            const live = await contents(engine)

            for (const member of live.stored.points ?? []) {
              const { accounts } = (JSON.parse(member.state) as { state: { accounts: Record<string, number> } }).state
              expect(Object.values(accounts).reduce((sum, points) => sum + points, 0)).toBe(0)
            }
            for (const projector of engine.projectors) {
              const readModel = await engine.readModel(projector.name)
              const { differences, parked } = await verify({ ...engine, projector, readModel })
              expect({ differences, parked }).toEqual({ differences: [], parked: 0 })
            }
            expect(await swept(engine)).toEqual(live.stored)

            await engine.rebuild()
            expect(await contents(engine)).toEqual(live)
          })
        }),
        runs(60),
      )
    },
    propertyTimeoutMs,
  )

  test(
    'what was true at an instant is what an engine would say that has never heard of anything later',
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, lookingInstants, async ({ programmes, events }, asOf) => {
          const known = events.filter(({ time }) => Date.parse(time) <= asOf)
          const then = await withEngine({ now: asOf }, async (engine) => {
            await publishProgrammes(engine, programmes)
            await engine.publish(known)
            await engine.drain()
            return exportRows(engine)
          })
          const audit = await withEngine({ now: Math.max(asOf, lastOf(events)) }, async (engine) => {
            await publishProgrammes(engine, programmes)
            await engine.publish(events)
            await engine.drain()
            return exportRows(engine, asOf)
          })
          expect(audit).toEqual(then)
        }),
        runs(60),
      )
    },
    propertyTimeoutMs,
  )

  test(
    'an event under an id that was used for something else is kept as a dead letter and changes nothing',
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, fc.nat(), async ({ programmes, events }, pick) => {
          const now = lastOf(events)
          const first = events[pick % events.length] as CloudEvent
          const impostor: CloudEvent = { ...first, type: 'retail.engagement.v1', data: { activity: 'impostor' } }
          await withEngine({ now }, async (engine) => {
            await publishProgrammes(engine, programmes)
            await engine.publish(events)
            await engine.drain()
            const before = await contents(engine)
            await engine.publish([impostor])
            await engine.drain()
            expect(await contents(engine)).toEqual(before)
            expect(await engine.deadLetters.list({ limit: 10 })).toMatchObject([{ code: 'event-id-reused' }])
          })
        }),
        runs(20),
      )
    },
    propertyTimeoutMs,
  )
})

/** What a sweep over the whole log puts into empty tables. */
async function swept(engine: TestEngine) {
  const stores = engine.projectors.map(() => openSqliteReadStore(':memory:'))
  try {
    const targets = await Promise.all(
      engine.projectors.map(async (projector, index) => ({
        projector,
        readModel: (await stores[index]?.live(projector)) as ReadModel,
      })),
    )
    const { eventStore } = engine
    await sweep({
      eventStore,
      targets,
      versions: await loadProgrammes(eventStore),
      upTo: await eventStore.head(),
      now: engine.now,
      announce: false,
    })
    const entries = targets.map(async ({ projector, readModel }) => [projector.name, await readModel.page({ after: '', limit: 10_000 })])
    return Object.fromEntries(await Promise.all(entries))
  } finally {
    for (const store of stores) await store.close()
  }
}

describe(`how often the clock is looked at never changes a state (seed ${seed})`, () => {
  const days = (from: number, gaps: readonly number[]) =>
    gaps.map(
      (
        (at) => (gap: number) =>
          (at += gap)
      )(from),
    )
  const gaps = fc.array(fc.integer({ min: 1, max: 90 * 24 * 3_600_000 }), { minLength: 1, maxLength: 12 })

  test(
    'an engine that looks often and one that looks once show and store the same',
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, gaps, async (history, gaps) => {
          const clocks = days(lastOf(history.events), gaps)
          const last = clocks.at(-1) as number
          const often = await withEngine({ now: lastOf(history.events) }, async (engine) => {
            await publishProgrammes(engine, history.programmes)
            await engine.publish(history.events)
            for (const clock of clocks) {
              await engine.drain()
              engine.now = clock
            }
            await engine.drain()
            return contents(engine)
          })
          expect(often).toEqual(await toldOnce(history, last))
        }),
        runs(60),
      )
    },
    propertyTimeoutMs,
  )

  test(
    'an engine that lives through the history ends like one that reads it later, and announces an unbroken story',
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), async (history, late) => {
          const inTime = history.events.toSorted((a, b) => Date.parse(a.time) - Date.parse(b.time))
          const last = lastOf(history.events)
          const lived = await withEngine({ now: Date.parse('2023-10-01T00:00:00Z') }, async (engine) => {
            await publishProgrammes(engine, history.programmes)
            const offline: CloudEvent[] = []
            for (const [index, event] of inTime.entries()) {
              engine.now = Math.max(engine.now, Date.parse(event.time))
              // Some tills are offline, and send what they have with the next event that comes through.
              if (late[index]) {
                offline.push(event)
                continue
              }
              await engine.publish([event, ...offline.splice(0).reverse()])
              await engine.drain()
            }
            engine.now = last
            await engine.publish(offline)
            await engine.drain()
            const told = await announced(engine)
            expect(new Set(told.map(({ id }) => id)).size).toBe(told.length)
            expect(JSON.stringify(stories(told))).not.toContain('BROKEN')
            return contents(engine)
          })
          expect(lived).toEqual(await toldOnce(history, last))
        }),
        runs(40),
      )
    },
    propertyTimeoutMs,
  )

  test(
    'advancing a state twice is advancing it once',
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, fc.nat({ max: 40_000_000_000 }), fc.nat({ max: 40_000_000_000 }), async (history, first, second) => {
          const now = lastOf(history.events)
          await withEngine({ now }, async (engine) => {
            await publishProgrammes(engine, history.programmes)
            await engine.publish(history.events)
            await engine.drain()
            const versions = await loadProgrammes(engine.eventStore)
            const stored = await storedMembers(engine)
            for (const projector of engine.projectors) {
              const fold = projector.fold(versions)
              for (const { state } of stored[projector.name] ?? []) {
                const restore = () => projector.restore(JSON.parse(state).state)
                const twice = fold.advance(fold.advance(restore(), now + first), now + first + second)
                const once = fold.advance(restore(), now + first + second)
                expect(projector.save(twice)).toEqual(projector.save(once))
                expect(fold.nextDue(twice)).toEqual(fold.nextDue(once))
              }
            }
          })
        }),
        runs(60),
      )
    },
    propertyTimeoutMs,
  )
})

describe(`any valid programme can be published (seed ${seed})`, () => {
  test('and a member without purchases is known under it', async () => {
    await fc.assert(
      fc.asyncProperty(programmes, (versions) =>
        withEngine({ now: Date.parse('2025-06-01T00:00:00Z') }, async (engine) => {
          await publishProgrammes(engine, versions)
          await engine.publish([
            {
              specversion: '1.0',
              id: '1',
              source: '/shop',
              subject: 'ann',
              time: '2025-05-01T00:00:00Z',
              type: 'retail.member.enrolled.v1',
              data: {},
            },
          ])
          await engine.drain()
          expect(await exportRows(engine)).toMatchObject({ tier: [{ currency: null }], lifecycle: [{ stage: 'prospect' }] })
        }),
      ),
      runs(10),
    )
  })
})
