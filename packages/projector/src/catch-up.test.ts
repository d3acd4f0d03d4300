import { expect, test } from '@jest/globals'
import { isFarBehind } from './catch-up.ts'

/** A log whose positions are bytes, a thousand of them to an event. */
function logOf(events: number) {
  let counted = 0
  return {
    counted: () => counted,
    countAfter: async (position: number) => events - position / 1_000,
    async counts() {
      counted++
      return { events, members: 1 }
    },
  }
}

test.each([
  [100_000, 0, true],
  [100_000, 75_000, true],
  [100_000, 79_000, true],
  [100_000, 80_000, false],
  [20_000, 0, false],
  [20_001, 0, true],
])('of %i events, %i folded: far behind %j, however large the positions are', async (events, folded, far) => {
  expect(await isFarBehind(logOf(events), folded * 1_000)).toBe(far)
})

test('who is only a few events behind does not have the whole log counted', async () => {
  const log = logOf(1_000_000)
  expect(await isFarBehind(log, 999_000_000)).toBe(false)
  expect(log.counted()).toBe(0)
})
