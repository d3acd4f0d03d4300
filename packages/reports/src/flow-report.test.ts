import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { flowReportSchema } from '@perennial/contracts'
import { calendarOf } from '@perennial/domain'
import {
  bought,
  boughtTomorrow,
  instant,
  joined,
  lifecycleTeller,
  openTestLog,
  programme,
  type TestLog,
} from '../../projector/src/testing/log.ts'
import { type FlowsAsked, flowSpans } from './flow-instants.ts'
import { flowReport } from './flow-report.ts'

let log: TestLog
beforeEach(async () => {
  log = openTestLog('2026-12-31')
  await log.publish(programme)
})
afterEach(() => log.close())

describe('flows between stages', () => {
  const calendar = calendarOf('Europe/London')

  async function flows(asked: FlowsAsked, now = '2025-12-31'): Promise<string[][]> {
    const spans = flowSpans(asked, instant(now), calendar)
    if (!Array.isArray(spans)) throw new Error(spans.message)
    const report = await flowReport({ eventStore: log.eventStore, spans, timeZone: calendar.timeZone, lifecycle: lifecycleTeller })
    expect(flowReportSchema.parse(report)).toEqual(report)
    return report.spans.map(({ flows }) => flows.map(({ before, after, members }) => `${before} → ${after}: ${members}`))
  }

  // With 60 days usual in the shop: at risk after 90 days of silence, lapsed after 180, lost after 360.
  beforeEach(() =>
    log.append(
      joined('ann', '2025-01-05'),
      bought('bob', '2025-01-10', 'b1', 5),
      bought('cat', '2025-01-20', 'c1', 5),
      bought('cat', '2025-02-10', 'c2', 5),
      bought('dan', '2025-02-14', 'd1', 5),
    ),
  )

  test('count members by their stage at the beginning and at the end of a month', async () => {
    expect(await flows({ month: '2025-02' })).toEqual([['prospect → prospect: 1', 'new → new: 1', 'new → growing: 1', 'null → new: 1']])
  })

  test('time alone moves members on', async () => {
    // Bob falls silent on 10 April; Cat, who came back after 21 days, 70 days after 10 February; Dan in May.
    expect(await flows({ month: '2025-04' })).toEqual([
      ['prospect → prospect: 1', 'new → new: 1', 'new → at-risk: 1', 'growing → at-risk: 1'],
    ])
  })

  test('a series of months leads from one into the next', async () => {
    expect(await flows({ month: '2025-02', months: 3 })).toEqual([
      [],
      ['null → prospect: 1', 'null → new: 2'],
      ['prospect → prospect: 1', 'new → new: 1', 'new → growing: 1', 'null → new: 1'],
    ])
  })

  test('any two instants will do', async () => {
    const to = instant('2025-04-10T12:00:00Z')
    expect(await flows({ from: instant('2025-01-10T12:00:00Z'), to })).toEqual([
      ['prospect → prospect: 1', 'new → at-risk: 1', 'null → new: 1', 'null → growing: 1'],
    ])
    expect(await flows({ from: instant('2025-01-10T11:59:59.999Z'), to: to - 1 })).toEqual([
      ['prospect → prospect: 1', 'null → new: 2', 'null → growing: 1'],
    ])
  })

  test('who is merged into another member goes out, and the other one goes by both histories', async () => {
    await log.decide('dan', '2025-02-20', 'm1', 'MergedInto', { into: 'cat', by: 'clerk' })
    expect(await flows({ from: instant('2025-02-15'), to: instant('2025-02-25') })).toEqual([
      ['prospect → prospect: 1', 'new → new: 1', 'new → null: 1', 'growing → growing: 1'],
    ])
  })

  test('what this code cannot read is left out, also where the first instant lies before it', async () => {
    await log.append(bought('eve', '2025-01-20', 'e1', 5), boughtTomorrow('eve', '2025-02-10', 'e2', 5))
    const spans = [{ month: null, from: instant('2025-02-01'), to: instant('2025-02-02') }]
    const options = { eventStore: log.eventStore, timeZone: 'Europe/London', lifecycle: lifecycleTeller }
    const before = await flowReport({ ...options, spans })
    expect([before.leftOut, before.spans[0]?.flows.find(({ before }) => before === 'new')?.members]).toEqual([0, 3])
    const across = await flowReport({ ...options, spans: [{ month: null, from: instant('2025-02-01'), to: instant('2025-02-28') }] })
    const members = across.spans[0]?.flows.reduce((sum, { members }) => sum + members, 0)
    expect([across.leftOut, members]).toEqual([1, 4])
  })
})
