import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { currentVersions, partitionOf } from '@perennial/contracts'
import {
  bought,
  boughtTomorrow,
  broughtBack,
  joined,
  lifecycleTeller,
  openTestLog,
  pointsTeller,
  programme,
  projectors,
  type TestLog,
  tierTeller,
} from './testing/log.ts'
import { verify } from './verify.ts'

let log: TestLog
beforeEach(async () => {
  log = openTestLog('2025-06-30')
  await log.publish(programme)
})
afterEach(() => log.close())

async function expectTrue(projector = tierTeller): Promise<void> {
  const { differences } = await verify({
    projector,
    readModel: await log.readModel(projector),
    eventStore: log.eventStore,
    clock: () => Date.parse(`${log.now}T12:00:00Z`),
  })
  expect(differences).toEqual([])
}

const told = async (projector = tierTeller) =>
  (await log.announced(projector)).map(({ subject, data }) => {
    const { before, after } = data as { before: string | null; after: string }
    return `${subject}: ${before} → ${after}`
  })

describe('a projector follows the log', () => {
  test('event by event or many at once: the rows are the same', async () => {
    const events = [
      joined('ann', '2025-01-01'),
      bought('ann', '2025-01-02', 'o1', 450),
      bought('bob', '2025-01-03', 'o1', 600),
      bought('ann', '2025-01-04', 'o2', 100),
      broughtBack('bob', '2025-01-05', 'r1', 'o1', 600),
      bought('ann', '2025-01-01', 'o3', 7),
    ]
    for (const event of events) {
      await log.append(event)
      await log.follow(tierTeller)
    }
    await log.follow(pointsTeller)
    expect(await log.row(tierTeller, 'ann')).toEqual({ memberId: 'ann', tier: 'silver', spend: 55_700 })
    expect(await log.row(tierTeller, 'bob')).toEqual({ memberId: 'bob', tier: 'member', spend: 0 })
    await expectTrue(tierTeller)
    await expectTrue(pointsTeller)
  })

  test('nobody is known before anything happened', async () => {
    await log.follow(tierTeller)
    expect(await log.row(tierTeller, 'ann')).toBeUndefined()
    expect(await (await log.readModel(tierTeller)).counts()).toEqual({ members: 0, parked: 0 })
  })

  test('from where it stood when it was stopped', async () => {
    await log.append(bought('ann', '2025-01-02', 'o1', 450))
    await log.follow(tierTeller)
    await log.append(bought('ann', '2025-01-04', 'o2', 100))
    const reopened = await log.open(tierTeller)
    expect(reopened.position()).toBe(2)
    expect(await reopened.step()).toBe(true)
    expect(reopened.position()).toBe(3)
    expect(await told()).toEqual(['ann: null → member', 'ann: member → silver'])
  })

  test('in batches as small as one event', async () => {
    await log.append(...Array.from({ length: 9 }, (_, index) => bought('ann', `2025-01-0${index + 1}`, `o${index}`, 100)))
    await log.follow(tierTeller, { batchMax: 1 })
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'silver', spend: 90_000 })
    await expectTrue()
  })

  test('an event that comes late changes what it should have changed', async () => {
    await log.append(bought('ann', '2025-05-01', 'o2', 100))
    await log.follow(tierTeller)
    await log.append(bought('ann', '2025-01-02', 'o1', 450))
    await log.follow(tierTeller)
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'silver' })
    expect((await log.announced(tierTeller)).at(-1)).toMatchObject({ data: { since: '2025-05-01T12:00:00.000Z' } })
    await expectTrue()
  })

  test('a return that came before its order is found again when the order comes', async () => {
    await log.append(broughtBack('ann', '2025-01-01', 'r1', 'o1', 600))
    await log.follow(tierTeller)
    await log.append(bought('ann', '2025-01-02', 'o1', 600))
    await log.follow(tierTeller)
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'member', spend: 0 })
    await expectTrue()
  })

  test('the same order again under a new event id changes nothing', async () => {
    await log.append(bought('ann', '2025-01-02', 'o1', 300))
    await log.follow(tierTeller)
    await log.append(bought('ann', '2025-01-03', 'o1', 300, 'again'))
    await log.follow(tierTeller)
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ spend: 30_000 })
    await expectTrue()
  })

  test('only its own partitions, where it shares them with others', async () => {
    const mine = partitionOf('ann')
    const theirs = partitionOf('bob')
    expect(mine).not.toBe(theirs)
    await log.append(joined('ann', '2025-01-01'), joined('bob', '2025-01-01'))
    await log.follow(tierTeller, { partitions: [mine] })
    expect(await log.row(tierTeller, 'ann')).toBeDefined()
    expect(await log.row(tierTeller, 'bob')).toBeUndefined()
    const positions = new Map(
      (await (await log.readModel(tierTeller)).checkpoints()).map(({ partition, position }) => [partition, position]),
    )
    expect(positions.get(mine)).toBe(3)
    expect(positions.get(theirs)).toBe(0)
    await log.follow(tierTeller)
    expect(await log.row(tierTeller, 'bob')).toBeDefined()
    expect(await told()).toEqual(['ann: null → member', 'bob: null → member'])
  })
})

describe('partitions that stand at different places', () => {
  const mine = partitionOf('ann')

  /** Follows the log, and notes where every commit moves each partition. */
  async function followed(options: { partitions?: number[]; batchMax?: number } = {}): Promise<Map<number, number[]>> {
    const moved = new Map<number, number[]>()
    const model = await log.readModel(tierTeller)
    const readModel = {
      ...model,
      async commit(changes: Parameters<typeof model.commit>[0]) {
        const { partitions = [], position } = changes.checkpoint ?? {}
        if (position !== undefined) for (const each of partitions) moved.set(each, [...(moved.get(each) ?? []), position])
        await model.commit(changes)
      },
    }
    const projection = await log.open(tierTeller, { readModel, ...options })
    while (await projection.step());
    return moved
  }

  test('are read from the slowest; none is moved back, and no event is folded twice', async () => {
    await log.append(bought('ann', '2025-01-02', 'o1', 300), bought('bob', '2025-01-02', 'o1', 300))
    await log.follow(tierTeller, { partitions: [mine] })
    await log.append(bought('ann', '2025-01-03', 'o2', 300), bought('bob', '2025-01-03', 'o2', 300))
    const moved = await followed({ batchMax: 2 })
    expect(moved.get(mine)).toEqual([5])
    expect(moved.get(partitionOf('bob'))).toEqual([1, 3, 5])
    expect(await told()).toEqual(['ann: null → member', 'bob: null → member', 'ann: member → silver', 'bob: member → silver'])
    await expectTrue()
  })

  test('are judged by new rules once, each when it comes to them', async () => {
    await log.append(bought('ann', '2025-01-02', 'o1', 300), bought('bob', '2025-01-02', 'o1', 300))
    await log.publish({ ...programme, version: 2, effectiveFrom: '2025-01-01' })
    await log.follow(tierTeller, { partitions: [mine] })
    const moved = await followed()
    expect(moved.get(mine)).toBeUndefined()
    expect(moved.get(partitionOf('bob'))).toEqual([1, 3, 4])
    expect(await told()).toEqual(['ann: null → member', 'bob: null → member'])
    await expectTrue()
  })

  test('finish a sweep that was cut off up to where it was meant to go, before anything else', async () => {
    await log.append(...['ann', 'bob', 'cem'].map((member) => bought(member, '2025-01-02', 'o1', 300)))
    const model = await log.readModel(tierTeller)
    await model.commit({ members: [], sweep: { partitions: [mine, partitionOf('bob')], mark: { upTo: 3, after: 'a' } } })
    const projection = await log.open(tierTeller)
    await projection.step()
    expect((await model.checkpoints())[mine]).toMatchObject({ position: 3, sweep: null })
    expect((await model.checkpoints())[partitionOf('cem')]).toMatchObject({ position: 0 })
    expect(projection.position()).toBe(0)
    while (await projection.step());
    expect(await told()).toEqual(['ann: null → member', 'bob: null → member', 'cem: null → member'])
    await expectTrue()
  })

  test('try only their own parked members again', async () => {
    await log.append(boughtTomorrow('ann', '2025-01-02', 'o1', 600), boughtTomorrow('bob', '2025-01-02', 'o1', 600))
    await log.follow(tierTeller)
    const model = await log.readModel(tierTeller)
    await model.requestRetry()
    await log.follow(tierTeller, { partitions: [mine] })
    expect((await model.parked()).map(({ retryRequested }) => retryRequested)).toEqual([false, true])
  })
})

describe('states, checkpoint and announcements are one', () => {
  const dying = (place: string) => ({
    failPoint(name: string) {
      if (name === place) throw new Error(`died at ${name}`)
    },
  })

  test('killed before the commit, nothing has happened', async () => {
    await log.append(bought('ann', '2025-01-02', 'o1', 600))
    await expect(log.follow(tierTeller, dying('batch-folded'))).rejects.toThrow('died at batch-folded')
    expect(await log.row(tierTeller, 'ann')).toBeUndefined()
    expect(await told()).toEqual([])
    expect((await log.open(tierTeller)).position()).toBe(1)
  })

  test('killed after it, everything has, and is not done again', async () => {
    await log.append(bought('ann', '2025-01-02', 'o1', 600))
    await expect(log.follow(tierTeller, dying('batch-committed'))).rejects.toThrow('died at batch-committed')
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'silver' })
    expect(await told()).toEqual(['ann: null → silver'])
    await log.follow(tierTeller)
    expect(await told()).toEqual(['ann: null → silver'])
  })

  test('a row that cannot be written takes the checkpoint and the announcement with it', async () => {
    await log.follow(tierTeller)
    const model = await log.readModel(tierTeller)
    const before = await model.checkpoints()
    const member = { memberId: 'ann', state: null as unknown as string, shown: { tier: 'silver' }, nextDue: null }
    await expect(
      model.commit({ members: [member], announcements: ['{"lost":true}'], checkpoint: { partitions: [0], position: 99 } }),
    ).rejects.toThrow()
    expect(await model.checkpoints()).toEqual(before)
    expect(await log.announced(tierTeller)).toEqual([])
  })
})

describe('a member whose event cannot be folded', () => {
  const parked = async () => (await log.readModel(tierTeller)).parked()

  test('is parked with the event and the reason, while everyone else goes on', async () => {
    await log.append(boughtTomorrow('ann', '2025-01-02', 'o1', 600), bought('bob', '2025-01-03', 'o1', 600))
    await log.follow(tierTeller)
    expect(await parked()).toEqual([
      {
        memberId: 'ann',
        eventId: 'ann-o1',
        position: 2,
        reason: expect.stringMatching(/version 2; this code reads up to 1/),
        parkedAt: Date.parse('2025-06-30T12:00:00Z'),
        retryRequested: false,
      },
    ])
    expect(await log.row(tierTeller, 'bob')).toMatchObject({ tier: 'silver' })
    expect(await log.row(tierTeller, 'ann')).toBeUndefined()
  })

  test('keeps the row of before, and later events wait', async () => {
    await log.append(bought('ann', '2025-01-02', 'o1', 100))
    await log.follow(tierTeller)
    await log.append(boughtTomorrow('ann', '2025-01-03', 'o2', 600))
    await log.follow(tierTeller)
    await log.append(bought('ann', '2025-01-04', 'o3', 600))
    await log.follow(tierTeller)
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'member', spend: 10_000 })
    expect(await parked()).toMatchObject([{ eventId: 'ann-o2', position: 3 }])
    expect(await told()).toEqual(['ann: null → member'])
  })

  test('has what came before it, also when both came in one batch', async () => {
    await log.append(
      bought('ann', '2025-01-02', 'o1', 100),
      boughtTomorrow('ann', '2025-01-03', 'o2', 600),
      bought('ann', '2025-01-04', 'o3', 600),
    )
    await log.follow(tierTeller)
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'member', spend: 10_000 })
    expect(await parked()).toMatchObject([{ eventId: 'ann-o2', position: 3 }])
    expect(await told()).toEqual(['ann: null → member'])
  })

  test('stays parked when a retry finds the same fault', async () => {
    await log.append(boughtTomorrow('ann', '2025-01-02', 'o1', 600))
    await log.follow(tierTeller)
    const model = await log.readModel(tierTeller)
    expect(await model.requestRetry('ann')).toBe(1)
    await log.follow(tierTeller)
    expect(await parked()).toMatchObject([{ memberId: 'ann', retryRequested: false }])
  })

  test('goes on in order once the code can read the event, and what changed is announced', async () => {
    await log.append(bought('ann', '2025-01-02', 'o1', 100))
    await log.follow(tierTeller)
    await log.append(boughtTomorrow('ann', '2025-01-03', 'o2', 600), bought('ann', '2025-01-04', 'o3', 7))
    await log.follow(tierTeller)
    await updated(async () => {
      const model = await log.readModel(tierTeller)
      await log.follow(tierTeller)
      expect(await parked()).toHaveLength(1)
      expect(await model.requestRetry()).toBe(1)
      await log.follow(tierTeller)
      expect(await parked()).toEqual([])
      expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'silver', spend: 70_700 })
      expect(await told()).toEqual(['ann: null → member', 'ann: member → silver'])
      await log.append(bought('ann', '2025-01-05', 'o4', 1))
      await log.follow(tierTeller)
      expect(await log.row(tierTeller, 'ann')).toMatchObject({ spend: 70_800 })
    })
  })

  test('nobody is asked to retry who is not parked', async () => {
    await log.append(boughtTomorrow('ann', '2025-01-02', 'o1', 600))
    await log.follow(tierTeller)
    expect(await (await log.readModel(tierTeller)).requestRetry('bob')).toBe(0)
  })

  /** Lets this code read what stands in the log as version 2, as an update would. */
  async function updated(work: () => Promise<void>): Promise<void> {
    const versions = currentVersions as Record<string, number>
    versions.PurchaseRecorded = 2
    try {
      const { upcasters } = await import('@perennial/contracts')
      const registry = upcasters as Record<string, unknown>
      registry.PurchaseRecorded = [(data: unknown) => data]
      try {
        await work()
      } finally {
        delete registry.PurchaseRecorded
      }
    } finally {
      versions.PurchaseRecorded = 1
    }
  }
})

describe('a programme published in the middle of the log', () => {
  const lower = {
    ...programme,
    version: 2,
    effectiveFrom: '2025-01-01',
    tiers: {
      ...programme.tiers,
      levels: [
        { name: 'member', from: '0' },
        { name: 'silver', from: '50.00' },
      ],
    },
  }

  test('folds everyone again, also those without a new event', async () => {
    await log.append(bought('ann', '2025-01-02', 'o1', 100), bought('bob', '2025-01-02', 'o1', 20))
    await log.follow(tierTeller)
    await log.publish(lower)
    await log.append(bought('bob', '2025-01-03', 'o2', 10))
    await log.follow(tierTeller)
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'silver' })
    expect(await log.row(tierTeller, 'bob')).toMatchObject({ tier: 'member', spend: 3_000 })
    expect(await told()).toEqual(['ann: null → member', 'bob: null → member', 'ann: member → silver'])
    await expectTrue()
  })

  test('read in one batch with events before and after it, it ends the same', async () => {
    await log.append(bought('ann', '2025-01-02', 'o1', 100))
    await log.publish(lower)
    await log.append(bought('ann', '2025-01-03', 'o2', 7))
    await log.follow(tierTeller)
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'silver', spend: 10_700 })
    await expectTrue()
  })

  test('in the future changes nothing until its day', async () => {
    await log.append(bought('ann', '2025-05-02', 'o1', 100))
    await log.publish({ ...lower, effectiveFrom: '2025-08-01' })
    await log.follow(tierTeller)
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'member' })
    log.now = '2025-08-02'
    await log.follow(tierTeller)
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'silver' })
    expect((await log.announced(tierTeller)).at(-1)).toMatchObject({
      data: { before: 'member', after: 'silver', since: '2025-07-31T23:00:00.000Z' },
    })
    await expectTrue()
  })
})

describe('time passes without events', () => {
  test('a tier lapses when its spend leaves the window, and is announced once', async () => {
    await log.append(bought('ann', '2025-01-10', 'o1', 600))
    await log.follow(tierTeller)
    for (const day of ['2025-12-31', '2026-01-09', '2026-01-10', '2026-01-11', '2027-01-01']) {
      log.now = day
      await log.follow(tierTeller)
    }
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'member', spend: 0 })
    expect(await told()).toEqual(['ann: null → silver', 'ann: silver → member'])
    expect((await log.announced(tierTeller)).at(-1)).toMatchObject({
      time: '2026-01-10T12:00:00.000Z',
      data: { since: '2026-01-10T00:00:00.000Z' },
    })
    await expectTrue()
  })

  test('points about to expire are announced once, however often the clock is looked at', async () => {
    await log.append(bought('ann', '2025-06-10', 'o1', 600))
    await log.follow(pointsTeller)
    expect(await log.announced(pointsTeller)).toEqual([])
    for (const day of ['2025-08-30', '2025-09-01', '2025-09-02', '2025-09-29', '2025-10-01', '2025-11-01']) {
      log.now = day
      await log.follow(pointsTeller)
    }
    expect((await log.announced(pointsTeller)).map(({ time, data }) => ({ time, data }))).toEqual([
      { time: '2025-09-01T12:00:00.000Z', data: { points: 600, at: '2025-09-30T23:00:00.000Z', warning: 'P30D' } },
    ])
    expect(await log.row(pointsTeller, 'ann')).toMatchObject({ available: 0, expired: 600 })
    await expectTrue(pointsTeller)
  })

  test('a reader need not wait for the clock loop: the row is that of now', async () => {
    await log.append(bought('ann', '2025-06-10', 'o1', 600))
    await log.follow(pointsTeller)
    log.now = '2025-11-01'
    expect(await log.row(pointsTeller, 'ann')).toMatchObject({ available: 0, expired: 600 })
  })

  test('an old event under a clock far ahead shows where time has brought the member', async () => {
    await log.append(bought('ann', '2020-01-10', 'o1', 600))
    await log.follow(tierTeller)
    await log.follow(lifecycleTeller)
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'member' })
    expect(await log.row(lifecycleTeller, 'ann')).toEqual({ memberId: 'ann', stage: 'lost' })
    expect(await told()).toEqual(['ann: null → member'])
  })

  test('who is due is asked at most ten times a second, and once a second while events keep coming', async () => {
    let asked = 0
    const model = await log.readModel(tierTeller)
    const readModel = {
      ...model,
      due(options: Parameters<typeof model.due>[0]) {
        asked++
        return model.due(options)
      },
    }
    let now = Date.parse('2025-06-30T12:00:00Z')
    const projection = await log.open(tierTeller, { readModel, clock: () => now })
    while (await projection.step());
    asked = 0
    for (let n = 0; n < 100; n++, now += 10) await projection.step()
    expect(asked).toBeGreaterThanOrEqual(9)
    expect(asked).toBeLessThanOrEqual(11)
    asked = 0
    for (let n = 0; n < 300; n++, now += 10) {
      await log.append(bought('ann', '2025-01-02', `o${n}`, 1))
      expect(await projection.step()).toBe(true)
    }
    expect(asked).toBeGreaterThanOrEqual(2)
    expect(asked).toBeLessThanOrEqual(4)
  })

  test('a projector that has nothing to do says so', async () => {
    await log.append(joined('ann', '2025-01-01'))
    for (const projector of projectors) {
      await log.follow(projector)
      expect(await (await log.open(projector)).step()).toBe(false)
    }
  })
})
