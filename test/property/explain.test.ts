import { describe, expect, test } from '@jest/globals'
import { type ExplainedMovement, sumOfMovements } from '@perennial/projector'
import fc from 'fast-check'
import { histories, lookingInstants, memberIds } from '../support/arbitraries.ts'
import { publishProgrammes, withEngine } from '../support/engine.ts'
import { propertyTimeoutMs, runs, seed } from '../support/property.ts'

describe(`points are explained to the last one (seed ${seed})`, () => {
  test(
    'at any instant the movements sum to the accounts of the row, the lines of the orders to what was earned, and they are in order',
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, lookingInstants, async ({ programmes, events }, asOf) => {
          await withEngine({ now: Math.max(asOf, ...events.map(({ time }) => Date.parse(time))) }, async (engine) => {
            await publishProgrammes(engine, programmes)
            await engine.publish(events)
            await engine.drain()
            const points = engine.projectors.find(({ name }) => name === 'points')
            if (!points) throw new Error('no points')
            for (const memberId of memberIds) {
              const { movements } = await engine.reader.explain(memberId, asOf)
              const row = await engine.reader.row(points, memberId, asOf)
              const { issued, debt, adjusted, transferred, ...accounts } = sumOfMovements(movements)
              if (!row) {
                expect(movements).toEqual([])
                continue
              }
              expect(row).toMatchObject({
                ...accounts,
                earned: 0 - issued,
                debt: 0 - debt,
                adjusted: 0 - adjusted,
                transferred: 0 - transferred,
              })
              expect(movements.at(-1)?.balance ?? { available: 0, pending: 0, held: 0, debt: 0 }).toEqual({
                available: row.available,
                pending: row.pending,
                held: row.held,
                debt: row.debt,
              })
              expect(0 - issued).toBe(pointsEarned(movements))
              expect(movements.every(({ points }) => points > 0)).toBe(true)
              const instants = movements.map(({ at }) => at)
              expect(instants).toEqual(instants.toSorted())
            }
          })
        }),
        runs(100),
      )
    },
    propertyTimeoutMs,
  )
})

/** Line by line for orders, and whole for activities. */
function pointsEarned(movements: readonly ExplainedMovement[]): number {
  let sum = 0
  for (const { cause, points } of movements) {
    if (cause.kind === 'earned') for (const line of cause.lines) sum += line.points
    if (cause.kind === 'earned-by-activity') sum += points
  }
  return sum
}
