import { describe, test } from '@jest/globals'
import { bought, decided } from '../testing/given.ts'
import { given } from './testing/when-asked.ts'

const hundred = bought('2025-01-10', 'o1', '100.00')
const noon = '2025-02-01'

describe('two members who are one person', () => {
  const merged = decided('2025-01-20', 'm1', 'MergedInto', { into: 'bob', by: 'ben' })
  const undone = decided('2025-01-25', 'u1', 'MergeUndone', { merge: 'm1', by: 'ben' })

  test('are merged', () => {
    given(hundred)
      .whenAsked({ command: 'merge', into: 'bob', by: 'ben', reason: 'same-person' }, noon)
      .decides('MergedInto', { into: 'bob', by: 'ben', reason: 'same-person' })
    given(hundred).whenAsked({ command: 'merge', into: 'ann', by: 'ben' }, noon).refuses('same-member')
  })

  test('are one: nothing is decided about who was merged away, but that it be undone', () => {
    const commands = [
      { command: 'redeem', points: 1 },
      { command: 'release', hold: 'h1' },
      { command: 'merge', into: 'cem', by: 'ben' },
    ] as const
    for (const command of commands) given(hundred, merged).whenAsked(command, noon).refuses('member-merged', '"ann"', '"bob"')
    given(hundred, merged)
      .whenAsked({ command: 'undo-merge', merge: 'm1', by: 'ben' }, noon)
      .decides('MergeUndone', { merge: 'm1', by: 'ben' })
  })

  test('are two again once it was undone, and that once', () => {
    given(hundred, merged, undone)
      .whenAsked({ command: 'redeem', points: 100 }, noon)
      .decides('PointsRedeemed', { points: 100, worth: 100, currency: 'GBP' })
    given(hundred, merged, undone).whenAsked({ command: 'undo-merge', merge: 'm1', by: 'ben' }, noon).refuses('merge-over')
    given(hundred, merged, undone).whenAsked({ command: 'undo-merge', merge: 'm2', by: 'ben' }, noon).refuses('merge-unknown', '"m2"')
  })
})
