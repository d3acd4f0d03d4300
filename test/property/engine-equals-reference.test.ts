import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { nothingLearnt } from '../reference/learnt.ts'
import { type MemberRows, referenceRows } from '../reference/reference.ts'
import { learntFrom } from '../reference/stored-models.ts'
import { type History, histories, lookingInstants, memberIds } from '../support/arbitraries.ts'
import { diceOf } from '../support/dice.ts'
import { publishProgrammes, recordModels, type TestEngine, withEngine } from '../support/engine.ts'
import { propertyTimeoutMs, runs, seed } from '../support/property.ts'
import { randomStoredModels } from '../support/random-stored-models.ts'
import { withoutSentences } from '../support/without-sentences.ts'

async function engineRows(engine: TestEngine, memberId: string, asOf?: number): Promise<Partial<MemberRows> | undefined> {
  const entries = await Promise.all(
    engine.projectors.map(async (projector) => {
      return [projector.name, withoutSentences(projector.name, await engine.reader.row(projector, memberId, asOf))] as const
    }),
  )
  return entries.every(([, row]) => row === undefined) ? undefined : Object.fromEntries(entries)
}

/** Of every projector of the engine. One that the reference model does not know has no row here, and so the test fails. */
function expectedRows(
  engine: TestEngine,
  memberId: string,
  { events, programmes }: History,
  asOf: number,
  learnt = nothingLearnt,
): Partial<MemberRows> | undefined {
  const rows = referenceRows(memberId, events, programmes, asOf, learnt)
  return rows && Object.fromEntries(engine.projectors.map(({ name }) => [name, rows[name as keyof MemberRows]]))
}

function lastOf({ events }: History): number {
  return Math.max(...events.map(({ time }) => Date.parse(time)))
}

/** Instants at which something is about to change, by the rows themselves. */
function edges(rows: MemberRows | undefined): number[] {
  const changes = [rows?.points.nextExpiry?.at, rows?.tier.since, rows?.lifecycle.since, rows?.['churn-risk'].since, rows?.value.since]
  return changes.flatMap((text) => (text ? [Date.parse(text) - 1, Date.parse(text)] : []))
}

describe(`the engine says what the reference model says (seed ${seed})`, () => {
  test(
    'as time goes on, of every member and in all read models',
    async () => {
      const looks = fc.array(lookingInstants, { minLength: 1, maxLength: 3 }).map((instants) => instants.toSorted((a, b) => a - b))
      await fc.assert(
        fc.asyncProperty(histories, looks, (history, clocks) =>
          withEngine({ now: lastOf(history) }, async (engine) => {
            await publishProgrammes(engine, history.programmes)
            await engine.publish(history.events)
            await engine.drain()
            for (const clock of [engine.now, ...clocks.filter((clock) => clock > engine.now)]) {
              engine.now = clock
              await engine.drain()
              for (const memberId of memberIds) {
                expect(await engineRows(engine, memberId)).toEqual(expectedRows(engine, memberId, history, clock))
              }
            }
          }),
        ),
        runs(150),
      )
    },
    propertyTimeoutMs,
  )

  test(
    'as of any instant in the past, and a millisecond around every change',
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, fc.array(lookingInstants, { minLength: 1, maxLength: 3 }), (history, instants) =>
          withEngine({ now: lastOf(history) }, async (engine) => {
            const { programmes, events } = history
            await publishProgrammes(engine, programmes)
            await engine.publish(events)
            await engine.drain()
            for (const memberId of memberIds) {
              const around = instants.flatMap((instant) => edges(referenceRows(memberId, events, programmes, instant)))
              for (const asOf of [...instants, ...around]) {
                expect(await engineRows(engine, memberId, asOf)).toEqual(expectedRows(engine, memberId, history, asOf))
              }
            }
          }),
        ),
        runs(150),
      )
    },
    propertyTimeoutMs,
  )

  test(
    'by what was learnt from the shop, whenever it was recorded',
    async () => {
      const looks = fc.array(lookingInstants, { minLength: 1, maxLength: 3 })
      await fc.assert(
        fc.asyncProperty(histories, looks, fc.nat(), fc.nat({ max: 30 }), (history, instants, seedOfModels, recordedAfter) =>
          withEngine({ now: lastOf(history) }, async (engine) => {
            const stored = randomStoredModels(diceOf(seedOfModels)).filter(({ data }) => Date.parse(data.asOf) <= engine.now)
            const learnt = learntFrom(stored)
            await publishProgrammes(engine, history.programmes)
            await engine.publish(history.events.slice(0, recordedAfter))
            await engine.drain()
            await recordModels(engine, stored)
            await engine.drain()
            await engine.publish(history.events.slice(recordedAfter))
            await engine.drain()
            for (const memberId of memberIds) {
              expect(await engineRows(engine, memberId)).toEqual(expectedRows(engine, memberId, history, engine.now, learnt))
              for (const asOf of instants) {
                expect(await engineRows(engine, memberId, asOf)).toEqual(expectedRows(engine, memberId, history, asOf, learnt))
              }
            }
            engine.now = Math.max(engine.now, ...instants)
            await engine.drain()
            for (const memberId of memberIds) {
              expect(await engineRows(engine, memberId)).toEqual(expectedRows(engine, memberId, history, engine.now, learnt))
            }
          }),
        ),
        runs(100),
      )
    },
    propertyTimeoutMs,
  )

  // Tills run ahead: what lies up to a day ahead of the clock is taken, and waits until its time has come.
  test(
    'of an event that lies ahead of the clock, nothing is shown before its time has come',
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, fc.integer({ min: 1, max: 24 * 3_600_000 }), (history, aheadMs) => {
          const now = lastOf(history) - aheadMs
          return withEngine({ now }, async (engine) => {
            await publishProgrammes(engine, history.programmes)
            await engine.publish(history.events)
            for (const clock of [now, now + aheadMs]) {
              engine.now = clock
              await engine.drain()
              for (const memberId of memberIds) {
                expect(await engineRows(engine, memberId)).toEqual(expectedRows(engine, memberId, history, clock))
              }
            }
          })
        }),
        { ...runs(20), endOnFailure: true },
      )
    },
    propertyTimeoutMs,
  )
})
