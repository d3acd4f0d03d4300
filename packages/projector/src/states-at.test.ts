import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { ProgrammeVersions } from '@perennial/domain'
import { type EventRecord, memberStream, type NewEvent } from '@perennial/event-store'
import fc from 'fast-check'
import { runs } from '../../../test/support/property.ts'
import { FoldFailure, foldMember } from './fold-member.ts'
import { loadProgrammes } from './programme-log.ts'
import { statesAt } from './states-at.ts'
import {
  bought,
  boughtTomorrow,
  broughtBack,
  instant,
  joined,
  openTestLog,
  programme,
  projectors,
  type TestLog,
  tierTeller,
} from './testing/log.ts'

let log: TestLog
let versions: ProgrammeVersions
beforeEach(async () => {
  log = openTestLog('2026-12-31')
  await log.publish(programme)
  versions = await loadProgrammes(log.eventStore)
})
afterEach(() => log.close())

const recordsOf = (memberId: string) => log.eventStore.readStream(memberStream(memberId))

/** Tiers at each instant; null where nothing was known. */
function tiersAt(records: readonly EventRecord[], ...days: string[]): (string | null)[] {
  const tiers: (string | null)[] = days.map(() => null)
  statesAt(records, [tierTeller.fold(versions)], versions, days.map(instant), (index, [state]) => {
    tiers[index] = (state as { tier: string }).tier
  })
  return tiers
}

describe('a member through time', () => {
  test('is looked at as of each instant, with what time alone has changed by then', async () => {
    await log.append(bought('ann', '2025-01-10', 'o1', 600), bought('ann', '2026-03-01', 'o2', 20))
    const records = await recordsOf('ann')
    expect(tiersAt(records, '2025-01-09', '2025-01-11', '2026-01-09', '2026-01-11', '2026-03-02')).toEqual([
      null,
      'silver',
      'silver',
      'member',
      'member',
    ])
  })

  test('what happens at the instant belongs to it', async () => {
    await log.append(bought('ann', '2025-01-10', 'o1', 600))
    expect(tiersAt(await recordsOf('ann'), '2025-01-10T11:59:59.999Z', '2025-01-10T12:00:00Z')).toEqual([null, 'silver'])
  })

  test('does not depend on the order in which things became known', async () => {
    await log.append(bought('ann', '2025-02-10', 'o2', 300), bought('ann', '2025-01-10', 'o1', 300))
    expect(tiersAt(await recordsOf('ann'), '2025-01-20', '2025-02-20')).toEqual(['member', 'silver'])
  })

  test('without an instant, nobody looks', async () => {
    await log.append(bought('ann', '2025-02-10', 'o2', 300))
    expect(tiersAt(await recordsOf('ann'))).toEqual([])
  })

  test('who is merged into another one is known up to then, and the other one has both histories from then on', async () => {
    await log.append(bought('ann', '2025-01-10', 'o1', 300), bought('bob', '2025-01-20', 'o2', 250))
    await log.decide('bob', '2025-03-01', 'm1', 'MergedInto', { into: 'ann', by: 'clerk' })
    await log.decide('bob', '2025-05-01', 'm2', 'MergeUndone', { merge: 'm1', by: 'clerk' })
    const days = ['2025-01-15', '2025-02-01', '2025-04-01', '2025-06-01']
    expect(tiersAt(await recordsOf('bob'), ...days)).toEqual([null, 'member', null, 'member'])
    expect(tiersAt(await recordsOf('ann'), ...days)).toEqual(['member', 'member', 'silver', 'member'])
  })

  test('an event that this code cannot read is named, unless it lies behind the last instant', async () => {
    await log.append(bought('ann', '2025-01-10', 'o1', 600), boughtTomorrow('ann', '2025-02-01', 'o2', 5))
    const records = await recordsOf('ann')
    expect(tiersAt(records, '2025-01-31')).toEqual(['silver'])
    expect(() => tiersAt(records, '2025-01-31', '2025-02-02')).toThrow(FoldFailure)
  })

  test('is the same as folding up to each instant anew, however many there are', async () => {
    const folds = projectors.map((projector) => projector.fold(versions))
    const saved = (states: readonly unknown[]) => projectors.map((projector, index) => JSON.stringify(projector.save(states[index])))
    const day = (from: number) =>
      fc.integer({ min: from, max: 500 }).map((days) => new Date(instant('2025-01-01') + days * 43_200_000).toISOString())
    const happening = fc.record({
      at: day(0),
      kind: fc.constantFrom('bought', 'back', 'joined'),
      order: fc.integer({ min: 0, max: 5 }),
      pounds: fc.integer({ min: 1, max: 400 }),
    })
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 12 }), fc.array(day(-20), { maxLength: 8 }), (happenings, days) => {
        const records = happenings.map((one, index) => toRecord(eventOf(one, index), index))
        const instants = days.map(instant).sort((a, b) => a - b)
        const seen: unknown[] = instants.map(() => undefined)
        statesAt(records, folds, versions, instants, (index, states) => {
          seen[index] = saved(states)
        })
        const anew = instants.map((at) => {
          const folded = foldMember(records, folds, versions, at)
          return folded && saved(folded.states.map((state, index) => folds[index]?.advance(state, at)))
        })
        expect(seen).toEqual(anew)
      }),
      runs(200),
    )
  })
})

function eventOf({ at, kind, order, pounds }: { at: string; kind: string; order: number; pounds: number }, index: number): NewEvent {
  if (kind === 'joined') return joined('ann', at)
  if (kind === 'back') return broughtBack('ann', at, `r${index}`, `o${order}`, pounds)
  return bought('ann', at, `o${order}`, pounds, `id${index}`)
}

function toRecord(event: NewEvent, index: number): EventRecord {
  return { ...event, id: `${event.id}-${index}`, position: index + 1, revision: index, data: JSON.parse(event.data), metadata: {} }
}
