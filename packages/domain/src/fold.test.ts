import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { sumOf } from './points/ledger.ts'
import { pointsFold } from './points/points-fold.ts'
import { programmeVersions } from './programme/versions.ts'
import { firstDay, histories, keepsTheLawsOfFolds, looks } from './testing/fold-laws.ts'
import { foldAll, shop } from './testing/given.ts'
import { tierFold } from './tier/tier-fold.ts'
import { dayMs } from './time/calendar.ts'

const versions = programmeVersions([
  shop({ points: { pending: 'P14D', expiry: { after: 'P3M', at: 'end-of-month' } }, tiers: { window: { rolling: 'P6M' } } }),
  shop({
    version: 2,
    effectiveFrom: '2024-09-01',
    tiers: {
      levels: [
        { name: 'member', from: '0' },
        { name: 'silver', from: '300.00', multiply: '1.5' },
      ],
    },
  }),
])

keepsTheLawsOfFolds('tier', { fold: tierFold, versions, named: ({ tier }) => tier })
keepsTheLawsOfFolds('points', { fold: pointsFold, versions, named: ({ accounts }) => accounts })

test('points never come from nowhere: the ledger sums to zero after every event and at every look', () => {
  fc.assert(
    fc.property(histories, looks, (history, offsets) => {
      const fold = pointsFold(versions)
      let state = foldAll(fold, versions, history, undefined, ({ accounts }) => expect(sumOf(accounts)).toBe(0))
      for (const offset of offsets.toSorted((a, b) => a - b)) {
        state = fold.advance(state, firstDay + offset * 3 * dayMs)
        expect(sumOf(state.accounts)).toBe(0)
        const inLots = state.lots.reduce((sum, { left }) => sum + left, 0)
        expect(inLots).toBe(state.accounts.available + state.accounts.pending)
      }
    }),
  )
})
