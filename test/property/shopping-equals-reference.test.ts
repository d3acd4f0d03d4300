import { describe, expect, test } from '@jest/globals'
import { rowsOfShopping } from '../reference/reference.ts'
import { propertyTimeoutMs, seed } from '../support/property.ts'
import { lookingInstantsOf } from '../support/random-stream.ts'
import { shoppingModels } from '../support/shopping-models.ts'
import { differences, instant, type Judge, ofShopping, tryHistories } from '../support/try-histories.ts'
import { withoutSentences } from '../support/without-sentences.ts'

const histories = 3_000

describe(`lifecycle, churn risk and value follow docs/shopping.md, as the reference model has it (seed ${seed})`, () => {
  test(
    'of members with any history, under any programme and any models, at other instants and a millisecond around every change',
    () => {
      let rows = 0
      const compared = new Set<string>()
      const tried = tryHistories(
        histories,
        ({ programmes, learnt, folding, dice }, stream): Judge => {
          const instants = lookingInstantsOf(dice, stream)
          return (events) => {
            const seen = new Set<number>()
            const differenceAt = (asOf: number) => {
              if (seen.has(asOf)) return undefined
              seen.add(asOf)
              const expected = rowsOfShopping('ann', events, { programmes, learnt }, asOf)
              for (const model of shoppingModels) {
                rows++
                compared.add(model)
                const wrong = differences(expected?.[model], withoutSentences(model, folding.row(model, events, asOf)))
                if (wrong !== undefined) return `The row of ${model} as of ${instant(asOf)} is not what the rules say:\n${wrong}`
              }
            }
            for (const asOf of instants) {
              const wrong = differenceAt(asOf)
              if (wrong !== undefined) return wrong
              const changed = shoppingModels.flatMap((model) => folding.row(model, events, asOf)?.since ?? [])
              for (const at of changed.map((since) => Date.parse(since))) {
                const wrongAround = differenceAt(at) ?? differenceAt(at - 1)
                if (wrongAround !== undefined) return wrongAround
              }
            }
          }
        },
        ofShopping,
      )
      process.stdout.write(`Compared ${rows} rows of ${[...compared].join(', ')} with the reference model (seed ${seed}).\n`)
      expect(tried).toBeGreaterThanOrEqual(histories / 20)
      expect([...compared]).toEqual(shoppingModels)
    },
    propertyTimeoutMs,
  )
})
