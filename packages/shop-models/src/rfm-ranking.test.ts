import { expect, test } from '@jest/globals'
import { rfmSums } from './rfm-ranking.ts'
import type { MemberSnapshot } from './snapshot.ts'
import { simulatedShop, snapshotsOf } from './testing/simulated-shop.ts'

const [first] = snapshotsOf(simulatedShop({ members: 1 })).flatMap(({ members }) => members) as [MemberSnapshot]
const member = (silenceDays: number, days: number, gross: number): MemberSnapshot => ({
  ...first,
  silenceDays,
  facts: { ...first.facts, days, gross, returned: 0, currency: 'GBP' },
})

test('the sum of the fifths in which recency, frequency and money lie', () => {
  // Cut points are 1, 2, 3, 4 days of silence, 1, 1, 2, 3 shopping days, 100 to 400.
  const members = [member(1, 9, 500), member(2, 3, 400), member(3, 2, 300), member(4, 1, 200), member(5, 1, 100)]
  expect(rfmSums(members)).toEqual([4 + 5 + 5, 3 + 4 + 4, 2 + 3 + 3, 1 + 1 + 2, 1 + 1 + 1])
})
