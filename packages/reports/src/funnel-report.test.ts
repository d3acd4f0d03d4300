import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { funnelReportSchema } from '@perennial/contracts'
import { bought, broughtBack, instant, joined, openTestLog, programme, type TestLog } from '../../projector/src/testing/log.ts'
import { funnelReport } from './funnel-report.ts'

let log: TestLog
beforeEach(async () => {
  log = openTestLog('2026-12-31')
  await log.publish(programme)
})
afterEach(() => log.close())

describe('the funnel', () => {
  async function funnel(asOf: string): Promise<unknown[][]> {
    const report = await funnelReport({ eventStore: log.eventStore, asOf: instant(asOf) })
    expect(funnelReportSchema.parse(report)).toEqual(report)
    return report.steps.map(({ step, shoppingDays, members, conversion, medianDays }) => [
      step,
      shoppingDays,
      members,
      conversion,
      medianDays,
    ])
  }

  test('counts how far members came by their shopping days, and how long each step took', async () => {
    const days = (memberId: string, ...dates: string[]) => dates.map((date, index) => bought(memberId, date, `${memberId}${index}`, 5))
    await log.append(
      joined('ann', '2025-01-01'),
      joined('bob', '2025-01-01'),
      ...days('bob', '2025-01-05'),
      ...days('cat', '2025-01-01', '2025-01-11'),
      joined('dan', '2025-01-02'),
      ...days('dan', '2025-01-04', '2025-01-24', '2025-02-01', '2025-02-02', '2025-02-24'),
    )
    // To the first day: 4, 0 and 2 days; to the second one: 10 and 20; from there to the fifth: 31.
    expect(await funnel('2025-03-01')).toEqual([
      ['known', 0, 4, null, null],
      ['bought', 1, 3, 0.75, 2],
      ['came-back', 2, 2, 2 / 3, 15],
      ['loyal', 5, 1, 0.5, 31],
    ])
    expect((await funnel('2025-02-23')).at(-1)).toEqual(['loyal', 5, 0, 0, null])
  })

  test('of nobody, there is nothing to say', async () => {
    expect(await funnel('2025-03-01')).toEqual([
      ['known', 0, 0, null, null],
      ['bought', 1, 0, null, null],
      ['came-back', 2, 0, null, null],
      ['loyal', 5, 0, null, null],
    ])
  })

  test('goes by the thresholds of the programme in force at the instant', async () => {
    await log.publish({ ...programme, version: 2, effectiveFrom: '2025-06-01', lifecycle: { growingFrom: 3, loyalFrom: 4 } })
    expect((await funnel('2025-05-01')).map(([, days]) => days)).toEqual([0, 1, 2, 5])
    expect((await funnel('2025-06-02')).map(([, days]) => days)).toEqual([0, 1, 3, 4])
  })

  test('a day that was brought back in full takes a member a step back', async () => {
    await log.append(
      bought('ann', '2025-01-10', 'a1', 5),
      bought('ann', '2025-01-20', 'a2', 5),
      broughtBack('ann', '2025-01-25', 'r1', 'a1', 5),
    )
    const members = async (asOf: string) => (await funnel(asOf)).map(([, , members]) => members)
    expect(await members('2025-01-24')).toEqual([1, 1, 1, 0])
    expect(await members('2025-01-26')).toEqual([1, 1, 0, 0])
  })
})
