import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { StoredMember } from '@perennial/read-store'
import { bought, boughtTomorrow, instant, joined, openTestLog, programme, type TestLog, tierTeller } from './testing/log.ts'
import { type Verification, verify } from './verify.ts'

let log: TestLog
beforeEach(async () => {
  log = openTestLog('2025-06-30')
  await log.publish(programme)
  await log.append(bought('ann', '2025-05-01', 'o1', 600), joined('bob', '2025-05-02'))
  await log.follow(tierTeller)
})
afterEach(() => log.close())

async function check(): Promise<Verification> {
  return verify({
    projector: tierTeller,
    readModel: await log.readModel(tierTeller),
    eventStore: log.eventStore,
    clock: () => instant(log.now),
  })
}

/** Changes what is stored of ann, behind the projector's back. */
async function tamper(change: (stored: StoredMember) => Partial<StoredMember>): Promise<void> {
  const model = await log.readModel(tierTeller)
  const stored = (await model.load(['ann'])).get('ann') as StoredMember
  await model.commit({ members: [{ ...stored, ...change(stored) }] })
}

describe('a read model is held against the streams', () => {
  test('one that says what they say has no differences', async () => {
    expect(await check()).toEqual({ projector: 'tier', members: 2, parked: 0, differences: [] })
  })

  test('a tampered state is found, down to the field', async () => {
    await tamper(({ state }) => ({ state: state.replace('"lifetimeSpend":60000', '"lifetimeSpend":61000') }))
    expect((await check()).differences).toEqual([{ memberId: 'ann', field: 'state.lifetimeSpend', stored: 61_000, recomputed: 60_000 }])
  })

  test('so is a shown value', async () => {
    await tamper(({ shown }) => ({ shown: { ...shown, tier: 'member' } }))
    expect((await check()).differences).toEqual([{ memberId: 'ann', field: 'shown.tier', stored: 'member', recomputed: 'silver' }])
  })

  test('and a time at which nothing is due', async () => {
    await tamper(() => ({ nextDue: null }))
    expect((await check()).differences).toEqual([
      { memberId: 'ann', field: 'nextDue', stored: null, recomputed: instant('2026-05-01T00:00:00Z') - 3_600_000 },
    ])
  })

  test('and a member of whom no stream tells', async () => {
    const model = await log.readModel(tierTeller)
    const stored = (await model.load(['ann'])).get('ann') as StoredMember
    await model.commit({ members: [{ ...stored, memberId: 'carol' }] })
    expect((await check()).differences).toEqual([{ memberId: 'carol', field: 'row', stored: 'present', recomputed: 'no events' }])
  })

  test('and a member who is missing', async () => {
    await log.append(joined('carol', '2025-05-03'))
    const model = await log.readModel(tierTeller)
    const partitions = (await model.checkpoints()).map(({ partition }) => partition)
    await model.commit({ members: [], checkpoint: { partitions, position: await log.eventStore.head() } })
    expect((await check()).differences).toEqual([{ memberId: 'carol', field: 'row', stored: undefined, recomputed: 'present' }])
  })

  test('events that the projector has not come to are no difference', async () => {
    await log.append(bought('ann', '2025-06-01', 'o2', 100), joined('carol', '2025-06-01'))
    expect((await check()).differences).toEqual([])
  })

  test('nor is a member whose time has come but whom the clock loop has not looked at', async () => {
    log.now = '2027-01-01'
    expect((await check()).differences).toEqual([])
  })

  test('one that another version of its projector made is not compared at all', async () => {
    const readModel = await log.readModel(tierTeller)
    let read = false
    const eventStore = {
      ...log.eventStore,
      readHistories: (...args: Parameters<typeof log.eventStore.readHistories>) => {
        read = true
        return log.eventStore.readHistories(...args)
      },
    }
    const projector = { ...tierTeller, version: tierTeller.version + 1 }
    await expect(verify({ projector, readModel, eventStore, clock: () => instant(log.now) })).rejects.toMatchObject({
      code: 'read-model-version',
      where: 'tier',
    })
    expect(read).toBe(false)
  })

  test('a parked member is counted apart', async () => {
    await log.append(boughtTomorrow('ann', '2025-06-01', 'o2', 100))
    await log.follow(tierTeller)
    expect(await check()).toMatchObject({ members: 1, parked: 1, differences: [] })
  })

  test('folding everything again mends what was tampered with', async () => {
    await tamper(({ state }) => ({ state: state.replace('"lifetimeSpend":60000', '"lifetimeSpend":61000') }))
    await log.publish({ ...programme, version: 2, effectiveFrom: '2030-01-01' })
    await log.follow(tierTeller)
    expect((await check()).differences).toEqual([])
  })
})
