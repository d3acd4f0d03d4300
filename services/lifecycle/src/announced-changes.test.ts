import { describe, expect, test } from '@jest/globals'
import type { LifecycleStage } from '@perennial/contracts'
import { formatInstant, programmeVersions } from '@perennial/domain'
import { instant, shop } from '../../../packages/domain/src/testing/given.ts'
import { announceChanges, showChanges } from './announced-changes.ts'
import type { StageChange } from './stage-changes.ts'

const versions = programmeVersions([
  shop({ lifecycle: { actions: { lapsed: 'come-back' } } }),
  shop({ version: 2, effectiveFrom: '2025-05-01', lifecycle: { actions: { lapsed: 'ten-off', lost: 'last-call' } } }),
])

const change = (stage: LifecycleStage, at: string): StageChange => ({
  stage,
  at: instant(at),
  reason: 'silence',
  shoppingDays: 3,
  silenceDays: 45,
  rhythmDays: 30,
})

function shownOf(...changes: StageChange[]) {
  const { stage, at } = changes.at(-1) as StageChange
  return { stage, since: formatInstant(at), changes: showChanges(changes, versions) }
}
const told = (...parameters: Parameters<typeof announceChanges>) =>
  announceChanges(...parameters).map(({ data }) => {
    const { before, after, since } = data as { before: string | null; after: string; since: string }
    return `${before} → ${after} on ${since.slice(0, 10)}`
  })

const growing = change('growing', '2025-01-01')
const atRisk = change('at-risk', '2025-02-15')
const lapsed = change('lapsed', '2025-04-01')
const lost = change('lost', '2025-07-01')

describe('whoever was shown before', () => {
  test('is told of each change since', () => {
    expect(told(shownOf(growing), shownOf(growing, atRisk, lapsed))).toEqual([
      'growing → at-risk on 2025-02-15',
      'at-risk → lapsed on 2025-04-01',
    ])
  })

  test('is told nothing where nothing is new', () => {
    expect(told(shownOf(growing, atRisk), shownOf(growing, atRisk))).toEqual([])
  })

  test('is told nothing where the past is another one, and the stage the same', () => {
    expect(told(shownOf(growing, atRisk), shownOf(change('at-risk', '2025-02-01')))).toEqual([])
    expect(told(shownOf(growing, atRisk), shownOf(change('at-risk', '2025-03-01')))).toEqual([])
  })

  test('is told of a stage that was entered before what was shown, where rules or late events have changed the past', () => {
    expect(told(shownOf(lapsed), shownOf(growing, atRisk))).toEqual(['lapsed → at-risk on 2025-02-15'])
  })

  test('is told a chain that begins at the stage that was announced last, also where that one never was', () => {
    expect(told(shownOf(lapsed), shownOf(growing, atRisk, lost))).toEqual(['lapsed → lost on 2025-07-01'])
    expect(told(shownOf(atRisk), shownOf(growing, change('at-risk', '2025-03-01'), lost))).toEqual(['at-risk → lost on 2025-07-01'])
  })

  test('is told of two changes at one instant', () => {
    const atOnce = [change('growing', '2025-02-15'), change('prospect', '2025-02-15')]
    expect(told(shownOf(growing), shownOf(atRisk, ...atOnce))).toEqual([
      'growing → at-risk on 2025-02-15',
      'at-risk → growing on 2025-02-15',
      'growing → prospect on 2025-02-15',
    ])
  })
})

test('whoever is new is told of the stage alone', () => {
  expect(told(undefined, shownOf(growing, atRisk, lapsed))).toEqual(['null → lapsed on 2025-04-01'])
})

test('an announcement says why, and what the programme of then names for the stage', () => {
  const [first, second, third] = announceChanges(shownOf(growing), shownOf(growing, atRisk, lapsed, lost))
  expect(first?.data).toEqual({
    before: 'growing',
    after: 'at-risk',
    since: '2025-02-15T12:00:00.000Z',
    reason: 'silence',
    because: 'silent for 45 days; usual would be every 30 days',
    action: null,
  })
  expect(third?.data).toMatchObject({ after: 'lost', action: 'last-call' })
  // Nobody should act on a stage that was over before it could be told of.
  expect(second?.data).toMatchObject({ after: 'lapsed', action: null })
  expect(announceChanges(shownOf(growing, atRisk), shownOf(growing, atRisk, lapsed)).map(({ data }) => data)).toMatchObject([
    { after: 'lapsed', action: 'come-back' },
  ])
})
