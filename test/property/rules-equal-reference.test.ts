import { describe, expect, test } from '@jest/globals'
import { rowsByTheRules } from '../reference/reference.ts'
import { propertyTimeoutMs, seed } from '../support/property.ts'
import { lookingInstantsOf } from '../support/random-stream.ts'
import { differences, instant, type Judge, tryHistories } from '../support/try-histories.ts'

const histories = 100_000

describe(`tiers and points follow docs/rules.md, as the reference model has it (seed ${seed})`, () => {
  test(
    'of members with any history of facts and decisions, under any programme, at the last event and at other instants',
    () => {
      let rows = 0
      const tried = tryHistories(histories, ({ programmes, folding, dice }, stream): Judge => {
        const instants = lookingInstantsOf(dice, stream)
        return (events) => {
          for (const asOf of instants) {
            const expected = rowsByTheRules('ann', events, programmes, asOf)
            for (const model of ['tier', 'points'] as const) {
              rows++
              const wrong = differences(expected?.[model], folding.row(model, events, asOf))
              if (wrong !== undefined) return `The row of ${model} as of ${instant(asOf)} is not what the rules say:\n${wrong}`
            }
          }
        }
      })
      process.stdout.write(`Compared ${rows} rows of ${tried} histories with the reference model (seed ${seed}).\n`)
      expect(tried).toBeGreaterThanOrEqual(histories / 20)
    },
    propertyTimeoutMs,
  )
})
