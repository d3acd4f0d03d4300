import { describe, test } from '@jest/globals'
import { bought, decided, shop } from '../testing/given.ts'
import type { CommandOf } from './decision.ts'
import { given } from './testing/when-asked.ts'

const adjust = (points: number): CommandOf<'adjust'> => ({ command: 'adjust', points, reason: 'goodwill', by: 'ben' })
const hundred = bought('2025-01-10', 'o1', '100.00')
const noon = '2025-02-01'
const proposed = decided('2025-02-01', 'a1', 'AdjustmentProposed', { points: 2_000, reason: 'goodwill', by: 'ben' })
const words = { reason: 'goodwill', by: 'ben' }

describe('points by hand', () => {
  test('are given and taken, with the reason and who did it', () => {
    given(hundred)
      .whenAsked(adjust(50), noon)
      .decides('PointsAdjusted', { points: 50, ...words })
    given(hundred)
      .whenAsked(adjust(-50), noon)
      .decides('PointsAdjusted', { points: -50, ...words })
  })

  test('above the limit of the programme wait for a second person', () => {
    given(hundred)
      .whenAsked(adjust(1_000), noon)
      .decides('PointsAdjusted', { points: 1_000, ...words })
    given(hundred)
      .whenAsked(adjust(1_001), noon)
      .decides('AdjustmentProposed', { points: 1_001, ...words })
    given(hundred)
      .whenAsked(adjust(-1_001), noon)
      .decides('AdjustmentProposed', { points: -1_001, ...words })
    const always = shop({ points: { adjust: { approvalAbove: 0 } } })
    given(hundred)
      .under(always)
      .whenAsked(adjust(1), noon)
      .decides('AdjustmentProposed', { points: 1, ...words })
  })

  test('below what there is become a debt where debts are carried, and are refused where they are not', () => {
    given(hundred)
      .whenAsked(adjust(-101), noon)
      .decides('PointsAdjusted', { points: -101, ...words })
    const clamped = shop({ points: { returns: { debt: 'clamp' } } })
    given(hundred).under(clamped).whenAsked(adjust(-101), noon).refuses('points-missing', '100 points')
    given(hundred)
      .under(clamped)
      .whenAsked(adjust(-100), noon)
      .decides('PointsAdjusted', { points: -100, ...words })
  })
})

describe('a proposed adjustment', () => {
  test('is approved by another person, and says by whom', () => {
    given(hundred, proposed)
      .whenAsked({ command: 'approve', adjustment: 'a1', by: 'cleo' }, noon)
      .decides('PointsAdjusted', { points: 2_000, ...words, approvedBy: 'cleo', adjustment: 'a1' })
  })

  test.each(['ben', 'Ben', 'BEN'])('is not approved by who proposed it, called %s', (by) => {
    given(hundred, proposed).whenAsked({ command: 'approve', adjustment: 'a1', by }, noon).refuses('same-person', 'ben')
  })

  test('is rejected by anybody', () => {
    given(hundred, proposed)
      .whenAsked({ command: 'reject', adjustment: 'a1', by: 'ben' }, noon)
      .decides('AdjustmentRejected', { adjustment: 'a1', by: 'ben' })
  })

  test.each([
    ['approved', decided('2025-02-02', 'a2', 'PointsAdjusted', { points: 2_000, ...words, approvedBy: 'cleo', adjustment: 'a1' })],
    ['rejected', decided('2025-02-02', 'a2', 'AdjustmentRejected', { adjustment: 'a1', by: 'cleo' })],
  ])('is answered once: %s before', (_, answered) => {
    for (const command of ['approve', 'reject'] as const) {
      given(hundred, proposed, answered).whenAsked({ command, adjustment: 'a1', by: 'cleo' }, '2025-02-03').refuses('adjustment-over')
    }
  })

  test('is unknown under another id, and so is an adjustment that needed no approval', () => {
    const small = decided('2025-02-01', 'a9', 'PointsAdjusted', { points: 5, ...words })
    for (const adjustment of ['a7', 'a9']) {
      given(hundred, proposed, small).whenAsked({ command: 'approve', adjustment, by: 'cleo' }, noon).refuses('adjustment-unknown')
    }
  })

  test('is looked at again when it is approved: the points may be gone', () => {
    const clamped = shop({ points: { returns: { debt: 'clamp' }, adjust: { approvalAbove: 10 } } })
    const taking = decided('2025-02-01', 'a1', 'AdjustmentProposed', { points: -80, ...words })
    const spent = decided('2025-02-02', 'r1', 'PointsRedeemed', { points: 30 })
    given(hundred, taking, spent)
      .under(clamped)
      .whenAsked({ command: 'approve', adjustment: 'a1', by: 'cleo' }, '2025-02-03')
      .refuses('points-missing', '70 points')
  })
})
