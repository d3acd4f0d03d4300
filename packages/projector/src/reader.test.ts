import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Row } from './reader.ts'
import {
  bought,
  boughtTomorrow,
  instant,
  joined,
  lifecycleTeller,
  openTestLog,
  programme,
  type TestLog,
  tierTeller,
} from './testing/log.ts'

let log: TestLog
beforeEach(async () => {
  log = openTestLog('2025-06-30')
  await log.publish(programme)
})
afterEach(() => log.close())

async function exported(asOf?: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const row of log.reader.all(tierTeller, asOf === undefined ? undefined : instant(asOf))) rows.push(row)
  return rows
}

async function idsWhere(where: Record<string, string>, limit = 10): Promise<string[]> {
  const found: string[] = []
  for (let after: string | undefined = ''; after !== undefined; ) {
    const { rows, next } = await log.reader.page(tierTeller, { where, after, limit })
    expect(rows.length).toBeLessThanOrEqual(limit)
    found.push(...rows.map(({ memberId }) => memberId))
    after = next
  }
  return found
}

describe('a row', () => {
  test('is that of now, or of any instant before', async () => {
    await log.append(bought('ann', '2025-01-10', 'o1', 100), bought('ann', '2025-03-10', 'o2', 450))
    await log.follow(tierTeller)
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'silver' })
    expect(await log.row(tierTeller, 'ann', '2025-02-01')).toMatchObject({ tier: 'member', spend: 10_000 })
    expect(await log.row(tierTeller, 'ann', '2025-01-09')).toBeUndefined()
    expect(await log.row(tierTeller, 'ann', '2026-04-01')).toMatchObject({ tier: 'member', spend: 0 })
  })

  test('of nobody is nothing', async () => {
    expect(await log.row(tierTeller, 'nobody')).toBeUndefined()
    expect(await log.row(tierTeller, 'nobody', '2025-01-01')).toBeUndefined()
  })

  test('is not read from tables that another version filled', async () => {
    await log.follow(tierTeller)
    await expect(log.reader.row({ ...tierTeller, version: 2 }, 'ann')).rejects.toMatchObject({ code: 'read-model-version', where: 'tier' })
  })
})

describe('a member whose history this code cannot read', () => {
  const unreadable = {
    code: 'stored-event-unknown',
    where: 'member-ann, event /till ann-o2',
    message: 'The log holds an event that this version cannot read. Type PurchaseRecorded, version 2; this code reads up to 1.',
  }
  beforeEach(async () => {
    await log.append(bought('ann', '2025-01-10', 'o1', 100))
    await log.follow(tierTeller)
    await log.append(boughtTomorrow('ann', '2025-03-10', 'o2', 450))
    await log.follow(tierTeller)
  })

  test('still has the row of before', async () => {
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ spend: 10_000 })
    expect(await log.row(tierTeller, 'ann', '2025-02-01')).toMatchObject({ spend: 10_000 })
  })

  test('is named, with the event and the reason, where the history is asked for', async () => {
    await expect(log.row(tierTeller, 'ann', '2025-04-01')).rejects.toMatchObject(unreadable)
    await expect(log.reader.timeline('ann')).rejects.toMatchObject(unreadable)
    await expect(exported('2025-04-01')).rejects.toMatchObject(unreadable)
  })
})

describe('pages', () => {
  beforeEach(async () => {
    await log.append(
      ...['dan', 'ann', 'çağla', 'bob', '會員-12', 'Zoe'].map((memberId, index) =>
        bought(memberId, '2025-01-10', 'o1', index % 2 === 0 ? 600 : 10),
      ),
    )
    await log.follow(tierTeller)
    await log.follow(lifecycleTeller)
  })

  test('go through everyone once, by member id in byte order, however small they are', async () => {
    const everyone = ['Zoe', 'ann', 'bob', 'dan', 'çağla', '會員-12']
    for (const limit of [1, 2, 5, 6, 100]) expect(await idsWhere({}, limit)).toEqual(everyone)
  })

  test('hold those who are asked for', async () => {
    expect(await idsWhere({ tier: 'silver' }, 2)).toEqual(['dan', 'çağla', '會員-12'])
    expect(await idsWhere({ tier: 'gold' })).toEqual([])
  })

  test('by what is true now, not by what was last stored', async () => {
    log.now = '2026-03-01'
    expect(await idsWhere({ tier: 'silver' })).toEqual([])
    expect(await idsWhere({ tier: 'member' }, 1)).toHaveLength(6)
  })

  test('hold only rows that are accepted', async () => {
    const { rows } = await log.reader.page(tierTeller, { after: '', limit: 10, accept: ({ spend }) => Number(spend) < 60_000 })
    expect(rows.map(({ memberId }) => memberId)).toEqual(['Zoe', 'ann', 'bob'])
  })

  test('an export has every member once, now or as of an instant', async () => {
    await log.append(joined('eve', '2025-06-01'))
    await log.follow(tierTeller)
    expect((await exported()).map(({ memberId }) => memberId)).toEqual(['Zoe', 'ann', 'bob', 'dan', 'eve', 'çağla', '會員-12'])
    expect(await exported('2025-06-30')).toEqual(await exported())
    expect(await exported('2025-03-01')).toHaveLength(6)
    expect(await exported('2025-01-01')).toEqual([])
  })
})
