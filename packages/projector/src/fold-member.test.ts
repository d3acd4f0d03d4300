import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Fold, type TierState, tierFold } from '@perennial/domain'
import { memberStream } from '@perennial/event-store'
import { FoldFailure, foldMember, inOrder, toMemberEvent } from './fold-member.ts'
import { loadProgrammes } from './programme-log.ts'
import { bought, boughtTomorrow, instant, joined, openTestLog, programme, type TestLog } from './testing/log.ts'

let log: TestLog
beforeEach(async () => {
  log = openTestLog()
  await log.publish(programme)
})
afterEach(() => log.close())

const stream = () => log.eventStore.readStream(memberStream('ann'))
async function tierOf(upTo?: string): Promise<TierState | undefined> {
  const versions = await loadProgrammes(log.eventStore)
  const folded = foldMember(await stream(), [tierFold(versions) as Fold<unknown>], versions, upTo === undefined ? undefined : instant(upTo))
  return folded?.states[0] as TierState | undefined
}

describe('a member is folded from its stream', () => {
  test('in the order in which things happened, not in which they came', async () => {
    await log.append(bought('ann', '2025-03-02', 'o2', 100), joined('ann', '2025-01-01'), bought('ann', '2025-03-01', 'o1', 450))
    expect(inOrder(await stream()).map(({ id }) => id)).toEqual(['ann-joined', 'ann-o1', 'ann-o2'])
    expect(await tierOf()).toMatchObject({ tier: 'silver', since: instant('2025-03-02') })
  })

  test('up to an instant: what happened later is left out', async () => {
    await log.append(bought('ann', '2025-03-01', 'o1', 450), bought('ann', '2025-03-02', 'o2', 100))
    expect(await tierOf('2025-03-01')).toMatchObject({ tier: 'member', lifetimeSpend: 45_000 })
    expect(await tierOf('2025-03-02')).toMatchObject({ tier: 'silver' })
  })

  test('before anything happened there is nobody', async () => {
    await log.append(bought('ann', '2025-03-01', 'o1', 450))
    expect(await tierOf('2025-02-28')).toBeUndefined()
  })
})

describe('an event that this code cannot read', () => {
  test('is named in the failure, with the reason', async () => {
    await log.append(joined('ann', '2025-01-01'), boughtTomorrow('ann', '2025-03-01', 'o1', 450))
    const failure = await tierOf().then(
      () => undefined,
      (error) => error,
    )
    expect(failure).toBeInstanceOf(FoldFailure)
    expect(failure.record).toMatchObject({ id: 'ann-o1', revision: 1 })
    expect(failure.message).toMatch(/PurchaseRecorded, version 2; this code reads up to 1/)
  })

  test('does not matter for an instant before it', async () => {
    await log.append(joined('ann', '2025-01-01'), boughtTomorrow('ann', '2025-03-01', 'o1', 450))
    expect(await tierOf('2025-02-01')).toMatchObject({ tier: 'member' })
  })

  test('may also be one that has no place in a member’s stream', async () => {
    await log.append({ ...joined('ann', '2025-01-01'), type: 'ProgrammePublished' })
    const [record] = await stream()
    expect(() => toMemberEvent(record as never)).toThrow(/ProgrammePublished in a member's stream/)
  })

  test('or one whose sums are too large to be exact', async () => {
    await log.append(bought('ann', '2025-03-01', 'o1', 90_000_000_000_000), bought('ann', '2025-03-02', 'o2', 90_000_000_000_000))
    await expect(tierOf()).rejects.toMatchObject({ name: 'FoldFailure', record: { id: 'ann-o2' }, cause: { code: 'sum-too-large' } })
  })
})
