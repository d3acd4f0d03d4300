import { describe, expect, test } from '@jest/globals'
import { type DecisionDataOf, settlementSource } from '@perennial/contracts'
import { type EventRecord, memberStream } from '@perennial/event-store'
import { verify } from '@perennial/projector'
import { settle } from '@perennial/settle'
import fc from 'fast-check'
import { stories } from '../support/announcements.ts'
import { publishProgrammes, type TestEngine, withEngine } from '../support/engine.ts'
import { propertyTimeoutMs, seed } from '../support/property.ts'
import { createCrashes, decidedLife, give, live, merge, type Outcome, programme, type Step, visitsOfBob, withoutIds } from './scenario.ts'

const steps = decidedLife()

/** Looks into the log at the end of a life, and at every read model. */
function watched(seen: (found: Settled) => void): Step[] {
  const at = (steps.at(-1) as Step).at
  return [...steps, { at, happens: async (engine) => seen(await settledIn(engine)) }]
}

interface Settled {
  /** Ids of what followed from decisions, by member. */
  followed: Record<string, string[]>
  /** Events of bob that cem adopted, by their ids. */
  adopted: string[]
  differences: unknown[]
}

async function settledIn(engine: TestEngine): Promise<Settled> {
  const streams = await Promise.all(['ann', 'bob', 'cem'].map((member) => engine.eventStore.readStream(memberStream(member))))
  const [ann = [], bob = [], cem = []] = streams
  const differences = await Promise.all(
    engine.projectors.map(async (projector) => {
      const readModel = await engine.readModel(projector.name)
      return (await verify({ ...engine, projector, readModel })).differences
    }),
  )
  return {
    followed: { ann: followedIn(ann), bob: followedIn(bob), cem: followedIn(cem) },
    adopted: cem.flatMap(adoptedBy),
    differences: differences.flat(),
  }
}

const followedIn = (stream: readonly EventRecord[]) => stream.filter(({ source }) => source === settlementSource).map(({ id }) => id)
const adoptedBy = ({ type, data }: EventRecord) =>
  type === 'HistoryAdopted' ? (data as DecisionDataOf['HistoryAdopted']).events.map(({ id }) => id) : []

function expectSettledOnce({ followed, adopted, differences }: Settled): void {
  expect(differences).toEqual([])
  expect(followed.bob).toEqual(['t1/in', 't2/in'])
  expect(new Set(adopted).size).toBe(adopted.length)
  expect(adopted).toEqual(expect.arrayContaining([...visitsOfBob.map(({ id }) => id), 't1/in', 'o4', 'late', 't2/in', 'o5']))
  expect(adopted).not.toContain('o6')
}

function expectSame(outcome: Outcome, calm: Outcome): void {
  expect(JSON.stringify(outcome.rows)).toBe(JSON.stringify(calm.rows))
  expect(outcome.stored).toEqual(calm.stored)
  expect(stories(outcome.announced)).toEqual(stories(calm.announced))
  expect(withoutIds(outcome.announced)).toEqual(withoutIds(calm.announced))
}

describe(`what a decision began happens on both sides, whenever the engine dies (seed ${seed})`, () => {
  test('in a calm life it passes every place to die', async () => {
    const places = createCrashes(() => false)
    const outcome = await live(watched(expectSettledOnce), places)
    const settling = places.calls.filter((call) => call.startsWith('settlement'))
    expect(new Set(settling)).toEqual(new Set(['settlement page-read', 'settlement consequences-appended', 'settlement page-settled']))
    expect(outcome.rows.points?.map(({ memberId }) => memberId)).toEqual(['ann', 'bob'])
    expect(outcome.parked).toEqual([])
  })

  test(
    'wherever the settlement dies once',
    async () => {
      const places = createCrashes(() => false)
      const calm = await live(watched(expectSettledOnce), places)
      for (const [index, name] of places.calls.entries()) {
        if (!name.startsWith('settlement')) continue
        const dying = createCrashes((call) => call === index + 1)
        try {
          expectSame(await live(watched(expectSettledOnce), dying), calm)
        } catch (error) {
          throw new Error(`after dying at call ${index + 1}, ${name}`, { cause: error })
        }
      }
    },
    propertyTimeoutMs,
  )

  test(
    'however often anything dies',
    async () => {
      const calm = await live(steps)
      await fc.assert(
        fc.asyncProperty(fc.infiniteStream(fc.integer({ min: 0, max: 3 })), async (dice) => {
          expectSame(
            await live(
              watched(expectSettledOnce),
              createCrashes(() => dice.next().value === 0),
            ),
            calm,
          )
        }),
        { seed, numRuns: 5 },
      )
    },
    propertyTimeoutMs,
  )
})

describe('who has decided settles at once, beside the service', () => {
  test('and everything happens once', async () => {
    await withEngine({ now: (steps[0] as Step).at }, async (engine) => {
      await publishProgrammes(engine, [programme])
      await engine.publish(visitsOfBob)
      await engine.drain()
      const stop = new AbortController()
      const running = engine.run(stop.signal, { only: ['settlement', ...engine.projectors.map(({ name }) => name)] })
      for (let n = 0; n < 20; n++) await settle(engine.eventStore, await give(engine, 'ann', `m${n % 3}`, `t${n}`, 1), engine.now)
      const merged = await merge(engine, 'bob', 'cem', 'm1')
      await Promise.all([settle(engine.eventStore, merged, engine.now), settle(engine.eventStore, merged, engine.now)])
      stop.abort()
      await running
      await engine.drain()

      const { adopted, differences } = await settledIn(engine)
      expect(adopted).toEqual(visitsOfBob.map(({ id }) => id))
      expect(differences).toEqual([])
      const all = await engine.eventStore.readAll({ after: 0, limit: 10_000 })
      expect(all.filter(({ type }) => type === 'PointsTransferredIn')).toHaveLength(20)
    })
  })
})
