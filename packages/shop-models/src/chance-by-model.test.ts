import { describe, expect, test } from '@jest/globals'
import { mbgNbd } from '@perennial/buy-till-you-die'
import { canBeFitted, chanceByModel, dueByTheClock, rememberedFits } from './chance-by-model.ts'
import { chanceByRhythm } from './chance-by-rhythm.ts'
import type { MemberSnapshot, ShopSnapshot } from './snapshot.ts'
import { options, simulatedShop, snapshotsOf, truth } from './testing/simulated-shop.ts'

const [now] = snapshotsOf(simulatedShop({ members: 30 })) as [ShopSnapshot]
const { facts } = now.members[0] as MemberSnapshot
const regular = { ...facts, days: 5, firstDay: 100, lastDay: 220 }

describe('a member as the models see it', () => {
  test('of 5 shopping days over 120 days, silent for 12 and a half: x = 4, tx = 120, T = 132.5', () => {
    const expected = mbgNbd.probabilityOfPurchase(truth, { x: 4, tx: 120, T: 132.5 }, 90)
    expect(chanceByModel('mbg-nbd', truth, 90)(regular, 12.5)).toBe(expected)
  })

  test('is fitted on in whole days of silence', () => {
    const later = { at: now.at, members: now.members.map((member) => ({ ...member, silenceDays: member.silenceDays + 0.4 })) }
    expect(rememberedFits()('nbd', later)).toEqual(rememberedFits()('nbd', now))
  })

  test('is not fitted on before anybody was watched for a day', () => {
    const first = { ...facts, days: 1, lastDay: facts.firstDay }
    const opening = (silenceDays: number): ShopSnapshot => ({
      at: 0,
      members: [{ memberId: 'a', facts: first, silenceDays, engagement: 0 }],
    })
    expect(canBeFitted(opening(0.9))).toBe(false)
    expect(canBeFitted(opening(1))).toBe(true)
  })
})

test('a fit is made once for each model and snapshot', () => {
  const fits = rememberedFits()
  expect(fits('nbd', now)).toBe(fits('nbd', now))
  expect(fits('nbd', { ...now })).not.toBe(fits('nbd', now))
})

test('only who buys by the clock is due', () => {
  expect(dueByTheClock('mbg-cnbd-k', { k: 2 })).toMatch(/^with k = 2 /)
  expect(dueByTheClock('mbg-cnbd-k', { k: 1 })).toBeUndefined()
  expect(dueByTheClock('mbg-nbd', { a: 2 })).toBeUndefined()
})

test("by the own rhythm: after 2 rhythms of silence it is even whether a member is gone, with the programme's evenAt of 2", () => {
  // (2 × 60 + 120) ÷ (2 + 4) = 40 days.
  expect(chanceByRhythm(options.ownRhythm, 90)(regular, 80)).toBeCloseTo(0.5 * (1 - Math.exp(-90 / 40)), 12)
})
