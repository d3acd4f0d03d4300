import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { bought, boughtTomorrow, broughtBack, instant, joined, openTestLog, programme, type TestLog } from './testing/log.ts'

let log: TestLog
beforeEach(async () => {
  log = openTestLog('2025-06-30')
  await log.publish(programme)
})
afterEach(() => log.close())

/** The time line in words: when, what, notes, changes. */
async function story(asOf?: string): Promise<string[]> {
  const entries = await log.reader.timeline('ann', asOf === undefined ? undefined : instant(asOf))
  return entries.map(({ at, event, notes, changes }) =>
    [
      at.slice(0, 16),
      event?.id ?? 'time',
      ...notes,
      ...changes.map(({ projector, field, before, after }) => `${projector}.${field}: ${before} → ${after}`),
    ].join(' | '),
  )
}

describe('a member’s story', () => {
  test('tells every event and what it changed', async () => {
    await log.append(joined('ann', '2025-06-01'), bought('ann', '2025-06-20', 'o1', 600))
    expect(await story()).toEqual([
      '2025-06-01T12:00 | ann-joined | tier.tier: null → member | lifecycle.stage: null → prospect',
      '2025-06-20T12:00 | ann-o1 | tier.tier: member → silver | points.pending: 0 → 600 | lifecycle.stage: prospect → new',
    ])
  })

  test('tells what time alone changed, when it did', async () => {
    await log.append(bought('ann', '2025-01-10', 'o1', 600))
    expect(await story('2026-02-01')).toEqual([
      '2025-01-10T12:00 | ann-o1 | tier.tier: null → silver | points.pending: null → 600 | lifecycle.stage: null → new',
      '2025-01-24T12:00 | time | points.available: 0 → 600 | points.pending: 600 → 0',
      '2025-04-10T12:00 | time | lifecycle.stage: new → at-risk',
      '2025-04-30T23:00 | time | points.available: 600 → 0 | points.expired: 0 → 600',
      '2025-07-09T12:00 | time | lifecycle.stage: at-risk → lapsed',
      '2026-01-05T12:00 | time | lifecycle.stage: lapsed → lost',
      '2026-01-10T00:00 | time | tier.tier: silver → member',
    ])
  })

  test('ends where it is asked to: what happens later is not told', async () => {
    await log.append(bought('ann', '2025-01-10', 'o1', 600), bought('ann', '2025-06-01', 'o2', 1))
    expect(await story('2025-01-23')).toHaveLength(1)
    expect(await story('2025-01-09')).toEqual([])
  })

  test('tells in the order in which things happened, with when each became known', async () => {
    log.now = '2025-06-20'
    await log.append(bought('ann', '2025-06-10', 'o2', 5))
    log.now = '2025-06-25'
    await log.append(bought('ann', '2025-06-05', 'o1', 7))
    const entries = await log.reader.timeline('ann')
    expect(entries.flatMap(({ event }) => (event ? [[event.id, event.recordedAt.slice(0, 10)]] : []))).toEqual([
      ['ann-o1', '2025-06-25'],
      ['ann-o2', '2025-06-20'],
    ])
  })

  test('tells what was odd', async () => {
    await log.append(
      bought('ann', '2025-06-01', 'o1', 5),
      bought('ann', '2025-06-02', 'o1', 5, 'again'),
      bought('ann', '2025-06-03', 'o1', 9, 'other'),
      broughtBack('ann', '2025-06-04', 'r1', 'o2', 3),
      bought('ann', '2025-06-05', 'o2', 3),
    )
    const notes = (await log.reader.timeline('ann')).flatMap(({ event, notes }) => (event ? [[event.id, ...notes]] : []))
    expect(notes).toEqual([
      ['ann-o1'],
      ['again', 'o1: the same order again; not credited a second time'],
      ['other', 'o1: another order under an order id that was used before; not credited'],
      ['ann-r1', '1 of tea: no purchase found that this gives back'],
      ['ann-o2', 'an earlier return belongs to this order'],
    ])
  })

  test('of somebody nobody has heard of is empty', async () => {
    expect(await story()).toEqual([])
  })

  test('of a member with an event that this code cannot read says which', async () => {
    await log.append(boughtTomorrow('ann', '2025-06-01', 'o1', 5))
    await expect(story()).rejects.toMatchObject({ code: 'stored-event-unknown', where: 'member-ann, event /till ann-o1' })
  })
})
