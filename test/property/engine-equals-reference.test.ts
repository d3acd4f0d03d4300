import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type MemberRows, referenceRows } from '../reference/reference.ts'
import { histories, lookingInstants, memberIds } from '../support/arbitraries.ts'
import { publishProgrammes, type TestEngine, withEngine } from '../support/engine.ts'
import { propertyTimeoutMs, runs, seed } from '../support/property.ts'

async function engineRows(engine: TestEngine, memberId: string, asOf?: number): Promise<MemberRows | undefined> {
  const entries = await Promise.all(
    engine.projectors.map(async (projector) => [projector.name, await engine.reader.row(projector, memberId, asOf)] as const),
  )
  return entries.every(([, row]) => row === undefined) ? undefined : (Object.fromEntries(entries) as unknown as MemberRows)
}

/** Instants at which something is about to change, by the rows themselves. */
function edges(rows: MemberRows | undefined): number[] {
  return [rows?.points.nextExpiry?.at, rows?.tier.since, rows?.lifecycle.since].flatMap((text) =>
    text ? [Date.parse(text) - 1, Date.parse(text)] : [],
  )
}

describe(`the engine says what the reference model says (seed ${seed})`, () => {
  test(
    'as time goes on, of every member and in all four read models',
    async () => {
      const looks = fc.array(lookingInstants, { minLength: 1, maxLength: 3 }).map((instants) => instants.toSorted((a, b) => a - b))
      await fc.assert(
        fc.asyncProperty(histories, looks, ({ programmes, events }, clocks) =>
          withEngine({ now: Math.max(...events.map(({ time }) => Date.parse(time))) }, async (engine) => {
            await publishProgrammes(engine, programmes)
            await engine.publish(events)
            await engine.drain()
            for (const clock of [engine.now, ...clocks.filter((clock) => clock > engine.now)]) {
              engine.now = clock
              await engine.drain()
              for (const memberId of memberIds) {
                expect(await engineRows(engine, memberId)).toEqual(referenceRows(memberId, events, programmes, clock))
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
        fc.asyncProperty(histories, fc.array(lookingInstants, { minLength: 1, maxLength: 3 }), ({ programmes, events }, instants) =>
          withEngine({ now: Math.max(...events.map(({ time }) => Date.parse(time))) }, async (engine) => {
            await publishProgrammes(engine, programmes)
            await engine.publish(events)
            await engine.drain()
            for (const memberId of memberIds) {
              const around = instants.flatMap((instant) => edges(referenceRows(memberId, events, programmes, instant)))
              for (const asOf of [...instants, ...around]) {
                expect(await engineRows(engine, memberId, asOf)).toEqual(referenceRows(memberId, events, programmes, asOf))
              }
            }
          }),
        ),
        runs(150),
      )
    },
    propertyTimeoutMs,
  )

  // Tills run ahead: what lies up to a day ahead of the clock is taken, and waits until its time has come.
  test(
    'of an event that lies ahead of the clock, nothing is shown before its time has come',
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, fc.integer({ min: 1, max: 24 * 3_600_000 }), ({ programmes, events }, aheadMs) => {
          const now = Math.max(...events.map(({ time }) => Date.parse(time))) - aheadMs
          return withEngine({ now }, async (engine) => {
            await publishProgrammes(engine, programmes)
            await engine.publish(events)
            for (const clock of [now, now + aheadMs]) {
              engine.now = clock
              await engine.drain()
              for (const memberId of memberIds) {
                expect(await engineRows(engine, memberId)).toEqual(referenceRows(memberId, events, programmes, clock))
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
