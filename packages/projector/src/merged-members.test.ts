import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { rebuild } from './rebuild.ts'
import {
  bought,
  boughtTomorrow,
  broughtBack,
  instant,
  lifecycleTeller,
  openTestLog,
  pointsTeller,
  programme,
  projectors,
  type TestLog,
  tierTeller,
} from './testing/log.ts'
import { type Verification, verify } from './verify.ts'

let log: TestLog
beforeEach(async () => {
  log = openTestLog('2025-06-30')
  await log.publish(programme)
  await log.append(bought('ann', '2025-01-10', 'o1', 300), bought('bob', '2025-01-20', 'o2', 250), bought('bob', '2025-02-01', 'o3', 20))
})
afterEach(() => log.close())

async function followAll(): Promise<void> {
  await log.settle()
  for (const projector of projectors) await log.follow(projector)
}

async function check(projector = tierTeller): Promise<Verification> {
  return verify({
    projector,
    readModel: await log.readModel(projector),
    eventStore: log.eventStore,
    clock: () => instant(log.now),
  })
}

async function expectTrue(): Promise<void> {
  for (const projector of projectors) expect((await check(projector)).differences).toEqual([])
}

const merge = (from: string, into: string, key: string, at = '2025-03-01') => log.decide(from, at, key, 'MergedInto', { into, by: 'clerk' })
const undo = (from: string, key: string, at = '2025-04-01') =>
  log.decide(from, at, `undo ${key}`, 'MergeUndone', { merge: key, by: 'clerk' })

async function told(): Promise<string[]> {
  return (await log.announced(tierTeller)).map(({ subject, data }) => {
    const { before, after } = data as { before: string | null; after: string }
    return `${subject}: ${before} → ${after}`
  })
}

const membersOf = async (projector = tierTeller) => (await (await log.readModel(projector)).counts()).members

describe('two accounts that are one person', () => {
  test('have one row, in which everything of both counts', async () => {
    await followAll()
    await merge('bob', 'ann', 'm1')
    await followAll()
    expect(await log.row(tierTeller, 'ann')).toEqual({ memberId: 'ann', tier: 'silver', spend: 57_000 })
    expect(await membersOf()).toBe(1)
    await expectTrue()
  })

  test('have the same row whether the projector followed, or came to it at once', async () => {
    await merge('bob', 'ann', 'm1')
    await followAll()
    expect(await log.row(tierTeller, 'ann')).toEqual({ memberId: 'ann', tier: 'silver', spend: 57_000 })
    expect(await membersOf()).toBe(1)
    await expectTrue()
  })

  test('are announced as what changes for the one who is left', async () => {
    await followAll()
    await merge('bob', 'ann', 'm1')
    await followAll()
    expect(await told()).toEqual(['ann: null → member', 'bob: null → member', 'ann: member → silver'])
  })

  test('share what still reaches the old account, also late and returned', async () => {
    await followAll()
    await merge('bob', 'ann', 'm1')
    await followAll()
    await log.append(
      bought('bob', '2025-05-01', 'o4', 100),
      bought('bob', '2025-01-15', 'o5', 7),
      broughtBack('bob', '2025-05-02', 'r1', 'o2', 50),
    )
    await followAll()
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ spend: 62_700 })
    expect(await membersOf()).toBe(1)
    await expectTrue()
  })

  test('go on with new events of the one who is left', async () => {
    await merge('bob', 'ann', 'm1')
    await followAll()
    await log.append(bought('ann', '2025-05-01', 'o4', 100), bought('ann', '2025-05-02', 'o5', 1))
    await followAll()
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ spend: 67_100 })
    await expectTrue()
  })

  test('had each their own row before the merge', async () => {
    await merge('bob', 'ann', 'm1')
    await followAll()
    expect(await log.row(tierTeller, 'ann', '2025-02-28')).toMatchObject({ tier: 'member', spend: 30_000 })
    expect(await log.row(tierTeller, 'bob', '2025-02-28')).toMatchObject({ tier: 'member', spend: 27_000 })
    expect(await log.row(tierTeller, 'ann', '2025-03-02')).toMatchObject({ tier: 'silver', spend: 57_000 })
  })

  test('have one time line, which says whose each event was', async () => {
    await merge('bob', 'ann', 'm1')
    const entries = await log.reader.timeline('ann')
    expect(entries.flatMap(({ event, notes }) => (event ? [[event.id, ...notes]] : []))).toEqual([
      ['ann-o1'],
      ['bob-o2', 'of bob, who was merged into this member'],
      ['bob-o3', 'of bob, who was merged into this member'],
    ])
  })
})

describe('a member who was merged away', () => {
  beforeEach(async () => {
    await followAll()
    await merge('bob', 'ann', 'm1')
    await followAll()
  })

  test('is answered with whom to ask for instead', async () => {
    const merged = { code: 'member-merged', status: 410, where: 'bob', message: expect.stringContaining('"ann"') }
    await expect(log.row(tierTeller, 'bob')).rejects.toMatchObject(merged)
    await expect(log.row(tierTeller, 'bob', '2025-06-01')).rejects.toMatchObject(merged)
    await expect(log.reader.timeline('bob')).rejects.toMatchObject(merged)
    await expect(log.reader.explain('bob')).rejects.toMatchObject(merged)
  })

  test('is answered with the last one, along all merges', async () => {
    await merge('ann', 'cem', 'm2', '2025-04-01')
    await followAll()
    await expect(log.row(tierTeller, 'bob')).rejects.toMatchObject({ message: expect.stringContaining('"cem"') })
    await expect(log.row(tierTeller, 'bob', '2025-03-15')).rejects.toMatchObject({ message: expect.stringContaining('"ann"') })
    expect(await log.row(tierTeller, 'cem')).toMatchObject({ spend: 57_000 })
    await expectTrue()
  })

  test('is in no page and no export', async () => {
    const ids: string[] = []
    for await (const { memberId } of log.reader.all(tierTeller)) ids.push(memberId)
    for await (const { memberId } of log.reader.all(tierTeller, instant('2025-06-30'))) ids.push(memberId)
    expect(ids).toEqual(['ann', 'ann'])
    expect((await log.reader.page(tierTeller, { after: '', limit: 10 })).rows.map(({ memberId }) => memberId)).toEqual(['ann'])
  })

  test('is due for nothing: time passes for the other one only', async () => {
    log.now = '2026-06-30'
    await followAll()
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'member' })
    expect(await told()).toEqual(['ann: null → member', 'bob: null → member', 'ann: member → silver', 'ann: silver → member'])
    await expectTrue()
  })

  test('has a row that was left over found by verify', async () => {
    const model = await log.readModel(tierTeller)
    const stored = (await model.load(['ann'])).get('ann')
    if (!stored) throw new Error('ann has a row')
    await model.commit({ members: [{ ...stored, memberId: 'bob' }] })
    expect((await check()).differences).toEqual([{ memberId: 'bob', field: 'row', stored: 'present', recomputed: undefined }])
  })
})

describe('a merge that is undone', () => {
  beforeEach(async () => {
    await followAll()
    await merge('bob', 'ann', 'm1')
    await log.append(bought('bob', '2025-03-10', 'o4', 1))
    await followAll()
    await undo('bob', 'm1')
    await log.append(bought('bob', '2025-05-01', 'o5', 2))
    await followAll()
  })

  test('gives each their own history back, with what reached it meanwhile', async () => {
    expect(await log.row(tierTeller, 'ann')).toEqual({ memberId: 'ann', tier: 'member', spend: 30_000 })
    expect(await log.row(tierTeller, 'bob')).toEqual({ memberId: 'bob', tier: 'member', spend: 27_300 })
    await expectTrue()
  })

  test('announces the member who is back as a new one', async () => {
    expect((await told()).slice(2)).toEqual(['ann: member → silver', 'bob: null → member', 'ann: silver → member'])
  })

  test('still shows how it was', async () => {
    expect(await log.row(tierTeller, 'ann', '2025-03-15')).toMatchObject({ spend: 57_100 })
    await expect(log.row(tierTeller, 'bob', '2025-03-15')).rejects.toMatchObject({ code: 'member-merged' })
  })

  test('can be made again, with another', async () => {
    await merge('bob', 'cem', 'm2', '2025-05-10')
    await followAll()
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ spend: 30_000 })
    expect(await log.row(tierTeller, 'cem')).toMatchObject({ spend: 27_300 })
    await expectTrue()
  })
})

describe('merges of merges', () => {
  test('pass everything on to the last one', async () => {
    await merge('bob', 'ann', 'm1')
    await merge('ann', 'cem', 'm2', '2025-03-02')
    await log.append(bought('bob', '2025-05-01', 'o4', 1), bought('ann', '2025-05-01', 'o5', 2))
    await followAll()
    expect(await log.row(tierTeller, 'cem')).toMatchObject({ spend: 57_300 })
    expect(await membersOf()).toBe(1)
    await expectTrue()
  })

  test('of which the first is undone leave the others as they are', async () => {
    await merge('bob', 'ann', 'm1')
    await merge('ann', 'cem', 'm2', '2025-03-02')
    await followAll()
    await undo('bob', 'm1')
    await followAll()
    expect(await log.row(tierTeller, 'cem')).toMatchObject({ spend: 30_000 })
    expect(await log.row(tierTeller, 'bob')).toMatchObject({ spend: 27_000 })
    await expectTrue()
  })

  test('of which the last is undone leave the others as they are', async () => {
    await merge('bob', 'ann', 'm1')
    await merge('ann', 'cem', 'm2', '2025-03-02')
    await followAll()
    await undo('ann', 'm2')
    await followAll()
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ spend: 57_000 })
    await expect(log.row(tierTeller, 'cem')).resolves.toMatchObject({ spend: 0 })
    await expectTrue()
  })

  test('of two into each other leave neither, until one of them is undone', async () => {
    await merge('bob', 'ann', 'm1')
    await merge('ann', 'bob', 'm2', '2025-03-01')
    await followAll()
    expect(await membersOf()).toBe(0)
    await expect(log.row(tierTeller, 'ann')).rejects.toMatchObject({ code: 'member-merged' })
    await expectTrue()
    await undo('ann', 'm2')
    await followAll()
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ spend: 57_000 })
    expect(await membersOf()).toBe(1)
    await expectTrue()
  })
})

describe('a pass over all members', () => {
  const stricter = { ...programme, version: 2, effectiveFrom: '2025-01-01' }

  test('for a new version of the programme removes the rows of members who were merged away', async () => {
    await followAll()
    await merge('bob', 'ann', 'm1')
    await log.publish(stricter)
    await followAll()
    expect(await membersOf()).toBe(1)
    expect(await membersOf(pointsTeller)).toBe(1)
    await expectTrue()
  })

  test('of a rebuild never writes them', async () => {
    await followAll()
    await merge('bob', 'ann', 'm1')
    await followAll()
    await rebuild({ projectors, readStores: log.readStores, eventStore: log.eventStore, clock: () => instant(log.now) })
    expect(await membersOf()).toBe(1)
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ spend: 57_000 })
    await expectTrue()
  })

  test('of a rebuild loses members who were merged away while it worked, and finds those who are back', async () => {
    await merge('cem', 'ann', 'm0')
    await log.append(bought('cem', '2025-01-01', 'o9', 5))
    await followAll()
    await rebuild({
      projectors,
      readStores: log.readStores,
      eventStore: log.eventStore,
      clock: () => instant(log.now),
      async failPoint(name) {
        if (name !== 'rebuild-filled') return
        await merge('bob', 'ann', 'm1')
        await undo('cem', 'm0')
        await followAll()
      },
    })
    await followAll()
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ spend: 57_000 })
    expect(await log.row(tierTeller, 'cem')).toMatchObject({ spend: 500 })
    expect(await membersOf()).toBe(2)
    await expectTrue()
  })
})

describe('a history that this code cannot read', () => {
  const parked = async () => (await log.readModel(tierTeller)).parked()

  test('parks also who adopts it, at the event that brought it', async () => {
    await log.append(boughtTomorrow('bob', '2025-02-02', 'o4', 1))
    await merge('bob', 'ann', 'm1')
    await followAll()
    expect(await parked()).toMatchObject([
      { memberId: 'ann', eventId: 'm1/0-2', reason: expect.stringMatching(/PurchaseRecorded, version 2/) },
      { memberId: 'bob', eventId: 'bob-o4' },
    ])
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ spend: 30_000 })
  })

  test('parks nobody when it is given back', async () => {
    await log.append(boughtTomorrow('bob', '2025-02-02', 'o4', 1))
    await merge('bob', 'ann', 'm1')
    await followAll()
    await undo('bob', 'm1')
    await (await log.readModel(tierTeller)).requestRetry()
    await followAll()
    expect((await parked()).map(({ memberId }) => memberId)).toEqual(['bob'])
    await expectTrue()
  })

  test('of a member who was merged away is tried again, and leaves no row', async () => {
    await log.append(bought('bob', '2025-02-02', 'o4', 90_000_000_000_000))
    await followAll()
    await log.append(bought('bob', '2025-02-03', 'o5', 90_000_000_000_000))
    await followAll()
    expect((await parked()).map(({ memberId }) => memberId)).toEqual(['bob'])
    await merge('bob', 'ann', 'm1')
    await followAll()
    await (await log.readModel(tierTeller)).requestRetry('bob')
    await followAll()
    expect((await parked()).map(({ memberId }) => memberId)).toEqual(['ann'])
    await expect(log.row(tierTeller, 'bob')).rejects.toMatchObject({ code: 'member-merged' })
    expect(await log.row(lifecycleTeller, 'ann')).toMatchObject({ stage: expect.any(String) })
  })
})

describe('points that move between members', () => {
  test('are in one row or the other', async () => {
    log.now = '2025-03-30'
    await followAll()
    await log.decide('bob', '2025-03-15', 't1', 'PointsTransferredOut', {
      to: 'ann',
      points: 100,
      lots: [{ points: 100, expiresAt: '2025-04-30T23:00:00Z' }],
    })
    await followAll()
    expect(await log.row(pointsTeller, 'ann')).toMatchObject({ available: 400 })
    expect(await log.row(pointsTeller, 'bob')).toMatchObject({ available: 170 })
    await expectTrue()
  })

  test('reach a member who is new to the programme', async () => {
    log.now = '2025-03-30'
    await log.decide('bob', '2025-03-15', 't1', 'PointsTransferredOut', {
      to: 'dan',
      points: 100,
      lots: [{ points: 100, expiresAt: null }],
    })
    await followAll()
    expect(await log.row(pointsTeller, 'dan')).toMatchObject({ available: 100 })
    await expectTrue()
  })
})
