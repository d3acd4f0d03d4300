import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { cohortReportSchema } from '@perennial/contracts'
import {
  bought,
  boughtTomorrow,
  broughtBack,
  instant,
  joined,
  openTestLog,
  programme,
  type TestLog,
} from '../../projector/src/testing/log.ts'
import { cohortReport } from './cohort-report.ts'

let log: TestLog
beforeEach(async () => {
  log = openTestLog('2026-12-31')
  await log.publish(programme)
})
afterEach(() => log.close())

describe('cohorts', () => {
  /** Each cohort as a line: its name, its members, and who came back in each period after. */
  async function cohorts(asOf: string, by: 'month' | 'quarter' | 'week' = 'month'): Promise<string[]> {
    const report = await cohortReport({ eventStore: log.eventStore, asOf: instant(asOf), by })
    expect(cohortReportSchema.parse(report)).toEqual(report)
    return report.cohorts.map(({ cohort, members, active }) => `${cohort}: ${members} | ${active.slice(1).join(' ')}`)
  }

  beforeEach(() =>
    log.append(
      bought('ann', '2025-01-10', 'a1', 5),
      bought('ann', '2025-02-05', 'a2', 5),
      bought('ann', '2025-02-25', 'a3', 5),
      bought('ann', '2025-04-01', 'a4', 5),
      bought('bob', '2025-01-31T23:59:59Z', 'b1', 5),
      bought('bob', '2025-02-01T00:00:00Z', 'b2', 5),
      joined('dan', '2025-01-02'),
    ),
  )

  test('are those who first shopped in the same month; in each later one, those who shopped again count once', async () => {
    expect(await cohorts('2025-05-15')).toEqual(['2025-01: 2 | 2 0 1 0'])
  })

  test('shares are those of the cohort', async () => {
    const {
      cohorts: found,
      members,
      running,
      timeZone,
    } = await cohortReport({ eventStore: log.eventStore, asOf: instant('2025-04-15'), by: 'month' })
    expect(found).toEqual([{ cohort: '2025-01', members: 2, active: [2, 2, 0, 1], retention: [1, 1, 0, 0.5] }])
    expect({ members, running, timeZone }).toEqual({ members: 2, running: '2025-04', timeZone: 'Europe/London' })
  })

  test('end in the period of the instant: what comes later is not known', async () => {
    expect(await cohorts('2025-02-01')).toEqual(['2025-01: 2 | 1'])
    expect(await cohorts('2025-01-15')).toEqual(['2025-01: 1 | '])
    expect(await cohorts('2025-01-09')).toEqual([])
  })

  test('can be quarters, and weeks from Monday', async () => {
    expect(await cohorts('2025-05-15', 'quarter')).toEqual(['2025-Q1: 2 | 1'])
    // 10 January 2025 lies in week 2, 31 January and 1 February in week 5, 5 February in week 6.
    expect(await cohorts('2025-02-10', 'week')).toEqual(['2025-W02: 1 | 0 0 0 1 0', '2025-W05: 1 | 0 0'])
  })

  test('go by the local day of the programme', async () => {
    // In London it is half past midnight on 1 July.
    await log.append(bought('eve', '2025-06-30T23:30:00Z', 'e1', 5))
    expect(await cohorts('2025-07-10')).toEqual(['2025-01: 2 | 2 0 1 0 0 0', '2025-07: 1 | '])
  })

  test('a day that was brought back in full does not count, as of the return', async () => {
    await log.append(
      bought('fay', '2025-03-03', 'f1', 5),
      broughtBack('fay', '2025-03-20', 'r1', 'f1', 5),
      bought('fay', '2025-05-02', 'f2', 5),
    )
    expect((await cohorts('2025-03-19')).at(-1)).toBe('2025-03: 1 | ')
    expect((await cohorts('2025-03-21')).at(-1)).toBe('2025-01: 2 | 2 0')
    expect((await cohorts('2025-05-21')).at(-1)).toBe('2025-05: 1 | ')
  })

  test('two accounts that are one person are one member, in the cohort of the first day of both', async () => {
    await log.append(bought('ann2', '2024-12-24', 'x1', 5))
    await log.decide('ann2', '2025-05-01', 'm1', 'MergedInto', { into: 'ann', by: 'clerk' })
    expect(await cohorts('2025-04-30')).toEqual(['2024-12: 1 | 0 0 0 0', '2025-01: 2 | 2 0 1'])
    expect(await cohorts('2025-05-02')).toEqual(['2024-12: 1 | 1 1 0 1 0', '2025-01: 1 | 1 0 0 0'])
  })

  test('what one version of this code cannot read is left out, and said', async () => {
    await log.append(boughtTomorrow('gus', '2025-01-10', 'g1', 5))
    const { members, leftOut } = await cohortReport({ eventStore: log.eventStore, asOf: instant('2025-04-15'), by: 'month' })
    expect({ members, leftOut }).toEqual({ members: 2, leftOut: 1 })
  })

  test('what was recorded behind a position of the log is not known there', async () => {
    const upTo = await log.eventStore.head()
    await log.append(bought('hal', '2025-01-03', 'h1', 5))
    const { members } = await cohortReport({ eventStore: log.eventStore, upTo, asOf: instant('2025-04-15'), by: 'month' })
    expect(members).toBe(2)
  })

  test('others have a turn between pages, and may stop it', async () => {
    const turns: number[] = []
    const shop = { eventStore: log.eventStore, asOf: instant('2025-04-15'), by: 'month' as const }
    await cohortReport({ ...shop, betweenPages: (members) => void turns.push(members) })
    expect(turns).toEqual([3])
    const stop = async () => {
      throw new Error('stopped')
    }
    await expect(cohortReport({ ...shop, betweenPages: stop })).rejects.toThrow('stopped')
  })
})
