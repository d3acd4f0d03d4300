import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { currentVersions, decidedSchema, decisionData, type ErrorCode, type Programme, pooledSchema } from '@perennial/contracts'
import type { Command } from '@perennial/domain'
import { type EventStore, memberStream, openSqliteEventStore, publishProgramme } from '@perennial/event-store'
import { pointsProjector } from '@perennial/points'
import { instant, minor, shop } from '../../domain/src/testing/given.ts'
import { createDecisions, type Decisions } from './decisions.ts'

let store: EventStore
let now: number
let decisions: Decisions

beforeEach(() => {
  store = openSqliteEventStore(':memory:')
  now = instant('2025-02-01')
  decisions = decisionsOn(store)
})
afterEach(() => store.close())

const decisionsOn = (eventStore: EventStore) => createDecisions({ eventStore, projectors: [pointsProjector], clock: () => now })

let orders = 0

/** One point per pound, at once. */
async function bought(memberId: string, pounds: number, at = '2025-01-10'): Promise<void> {
  const orderId = `o${++orders}`
  const data = { orderId, currency: 'GBP', lines: [{ sku: 'tea', quantity: 1, amount: minor(`${pounds}.00`) }] }
  await store.append([
    {
      stream: memberStream(memberId),
      type: 'PurchaseRecorded',
      version: currentVersions.PurchaseRecorded,
      source: '/till',
      id: orderId,
      occurredAt: instant(at),
      recordedAt: now,
      data: JSON.stringify(data),
      metadata: null,
    },
  ])
}

const published = (programme: Programme) => publishProgramme(store, programme, now)
const streamOf = (memberId: string) => store.readStream(memberStream(memberId))
const redeem = (points: number): Command => ({ command: 'redeem', points })

async function refused(work: Promise<unknown>): Promise<{ code: ErrorCode; message: string; where: string }> {
  return work.then(
    (answer) => Promise.reject(new Error(`decided: ${JSON.stringify(answer)}`)),
    (error) => error,
  )
}

describe('a decision', () => {
  beforeEach(() => published(shop()))

  test('is answered with itself, what the points pay, and what the member has now', async () => {
    await bought('ann', 100)
    const answer = await decisions.decide('ann', 'k1', { ...redeem(30), orderId: 'o9' } as Command)
    expect(decidedSchema.strict().parse(answer)).toMatchObject({
      decision: {
        id: 'k1',
        memberId: 'ann',
        type: 'PointsRedeemed',
        at: '2025-02-01T12:00:00.000Z',
        data: { points: 30, orderId: 'o9', worth: 30, currency: 'GBP' },
        worth: { amount: '0.30', currency: 'GBP' },
      },
      points: { memberId: 'ann', available: 70, redeemed: 30, asOf: '2025-02-01T12:00:00.000Z' },
      repeated: false,
    })
  })

  test('is made once under its key, and answered the same however much has happened since', async () => {
    await bought('ann', 100)
    const first = await decisions.decide('ann', 'k1', redeem(30))
    now = instant('2025-06-01')
    await bought('ann', 900, '2025-05-01')
    await decisions.decide('ann', 'k2', redeem(100))
    expect(await decisions.decide('ann', 'k1', redeem(30))).toEqual({ ...first, repeated: true })
    expect(await streamOf('ann')).toHaveLength(4)
  })

  test('is answered the same, too, when a later version has changed the past', async () => {
    await bought('ann', 100)
    const first = await decisions.decide('ann', 'k1', redeem(10))
    await published(shop({ version: 2, points: { earn: [{ name: 'base', for: 'purchase', per: '1.00', points: 2 }] } }))
    expect(await decisions.decide('ann', 'k1', redeem(10))).toEqual({ ...first, repeated: true })
    expect(await decisions.decide('ann', 'k2', redeem(10))).toMatchObject({ points: { available: 180 } })
  })

  test('of something else under the same key is refused, for the same member and for another', async () => {
    await bought('ann', 100)
    await bought('bob', 100)
    await decisions.decide('ann', 'k1', redeem(30))
    expect(await refused(decisions.decide('ann', 'k1', redeem(31)))).toMatchObject({ code: 'key-reused' })
    expect(await refused(decisions.decide('ann', 'k1', { command: 'hold', points: 30 }))).toMatchObject({ code: 'key-reused' })
    expect(await refused(decisions.decide('bob', 'k1', redeem(30)))).toMatchObject({ code: 'key-reused' })
    expect(await streamOf('bob')).toHaveLength(1)
  })

  test('that is refused leaves nothing behind: the same key may be tried again', async () => {
    await bought('ann', 20)
    expect(await refused(decisions.decide('ann', 'k1', redeem(30)))).toMatchObject({ code: 'points-missing', where: 'ann' })
    await bought('ann', 10)
    expect(await decisions.decide('ann', 'k1', redeem(30))).toMatchObject({ points: { available: 0 }, repeated: false })
  })

  test('about a member of whom nothing is known is refused', async () => {
    expect(await refused(decisions.decide('nobody', 'k1', redeem(1)))).toMatchObject({ code: 'member-unknown', where: 'nobody' })
    expect(await store.counts()).toMatchObject({ members: 0 })
  })

  test('comes after everything that it was made from, though the clock goes back', async () => {
    await bought('ann', 100, '2025-01-31')
    await decisions.decide('ann', 'k1', redeem(10))
    now = instant('2025-01-15')
    const { decision } = await decisions.decide('ann', 'k2', redeem(10))
    expect(decision.at).toBe('2025-02-01T12:00:00.000Z')
    expect((await streamOf('ann')).at(-1)).toMatchObject({ revision: 2, recordedAt: now })
    expect(await refused(decisions.decide('ann', 'k3', redeem(81)))).toMatchObject({ code: 'points-missing' })
  })

  test('is stored as the storage format says', async () => {
    await bought('ann', 5_000)
    await bought('bob', 10)
    const commands: Command[] = [
      { command: 'hold', points: 10 },
      { command: 'capture', hold: 'k0', points: 5 },
      { command: 'hold', points: 10 },
      { command: 'release', hold: 'k2' },
      { command: 'redeem', points: 10 },
      { command: 'cancel', redemption: 'k4' },
      { command: 'adjust', points: 5, reason: 'goodwill', by: 'ben' },
      { command: 'adjust', points: 2_000, reason: 'goodwill', by: 'ben' },
      { command: 'approve', adjustment: 'k7', by: 'cleo' },
      { command: 'adjust', points: 2_000, reason: 'goodwill', by: 'ben' },
      { command: 'reject', adjustment: 'k9', by: 'cleo' },
      { command: 'grant-tier', tier: 'gold', until: '2025-12-31', reason: 'vip', by: 'ben' },
      { command: 'transfer', to: 'bob', points: 5 },
      { command: 'merge', into: 'bob', by: 'ben' },
      { command: 'undo-merge', merge: 'k13', by: 'ben' },
    ]
    for (const [index, command] of commands.entries()) {
      decidedSchema.strict().parse(await decisions.decide('ann', `k${index}`, command))
    }
    const records = (await streamOf('ann')).slice(1)
    expect(records).toHaveLength(commands.length)
    for (const { type, data } of records) {
      expect([type, decisionData[type as keyof typeof decisionData].safeParse(data).success]).toEqual([type, true])
    }
    for (const [index, command] of commands.entries()) {
      expect(await decisions.decide('ann', `k${index}`, command)).toMatchObject({ repeated: true })
    }
    expect(await streamOf('ann')).toHaveLength(commands.length + 1)
  })
})

describe('many decisions at once', () => {
  beforeEach(() => published(shop()))

  test('are made one after another in one process: exactly those that can be paid', async () => {
    await bought('ann', 100)
    const answers = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => decisions.decide('ann', `k${n}`, redeem(7))))
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(14)
    expect((await streamOf('ann')).filter(({ type }) => type === 'PointsRedeemed')).toHaveLength(14)
  })

  test('of several processes are made again where the stream has moved on', async () => {
    await bought('ann', 100)
    const several = [decisions, decisionsOn(store), decisionsOn(store)]
    const answers = await Promise.allSettled(
      several.flatMap((one, process) => Array.from({ length: 10 }, (_, n) => one.decide('ann', `k${process}-${n}`, redeem(10)))),
    )
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
    for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'points-missing' })
  })

  test('under one key are one', async () => {
    await bought('ann', 100)
    const several = [decisions, decisionsOn(store), decisionsOn(store)]
    const answers = await Promise.all(several.flatMap((one) => [1, 2, 3].map(() => one.decide('ann', 'k1', redeem(60)))))
    expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1)
    expect(new Set(answers.map((answer) => JSON.stringify({ ...answer, repeated: true }))).size).toBe(1)
  })

  test('give up where the stream never stands still, and say so', async () => {
    await bought('ann', 100)
    const restless: EventStore = {
      ...store,
      async appendDecision(event, revision) {
        await bought('ann', 1)
        return store.appendDecision(event, revision)
      },
    }
    expect(await refused(decisionsOn(restless).decide('ann', 'k1', redeem(1)))).toMatchObject({ code: 'member-busy', where: 'ann' })
  })
})

describe('points that are given to another member', () => {
  beforeEach(async () => {
    await published(shop({ points: { expiry: { after: 'P1Y', at: 'end-of-day' } } }))
    await bought('ann', 100)
    await bought('bob', 10)
  })

  test('are with the other one when it is answered', async () => {
    await decisions.decide('ann', 't1', { command: 'transfer', to: 'bob', points: 40 })
    expect(await decisions.decide('bob', 'k1', redeem(50))).toMatchObject({ points: { available: 0, transferred: 40 } })
  })

  test('arrive when the request is sent again after a crash between the two', async () => {
    const dying: EventStore = { ...store, append: async () => Promise.reject(new Error('killed')) }
    const transfer: Command = { command: 'transfer', to: 'bob', points: 40 }
    await expect(decisionsOn(dying).decide('ann', 't1', transfer)).rejects.toThrow('killed')
    expect(await streamOf('bob')).toHaveLength(1)
    expect(await decisions.decide('ann', 't1', transfer)).toMatchObject({ repeated: true, points: { available: 60 } })
    expect(await streamOf('bob')).toHaveLength(2)
  })

  test('go to a member who is there', async () => {
    const transfer = (to: string): Command => ({ command: 'transfer', to, points: 1 })
    expect(await refused(decisions.decide('ann', 't1', transfer('nobody')))).toMatchObject({ code: 'member-unknown', where: 'nobody' })
    expect(await refused(decisions.decide('ann', 't1', transfer('ann')))).toMatchObject({ code: 'same-member' })
    await bought('cem', 1)
    await decisions.decide('bob', 'm1', { command: 'merge', into: 'cem', by: 'ben' })
    const merged = await refused(decisions.decide('ann', 't1', transfer('bob')))
    expect(merged).toMatchObject({ code: 'member-merged', where: 'bob' })
    expect(merged.message).toContain('"cem"')
  })

  test('are pooled, each member whole or not at all', async () => {
    await bought('cem', 5)
    await decisions.decide('cem', 'k1', redeem(5))
    const request = { into: 'bob', from: ['ann', 'cem', 'nobody'] }
    const pooled = await decisions.pool('p1', request)
    expect(pooledSchema.strict().parse(pooled)).toMatchObject({
      into: 'bob',
      parts: [
        { from: 'ann', decision: { id: 'p1/1', data: { points: 100 } } },
        { from: 'cem', decision: null, why: 'There are not enough points. There is nothing to give.' },
        { from: 'nobody', decision: null },
      ],
      points: { available: 110 },
      repeated: false,
    })
    expect(await decisions.pool('p1', request)).toEqual({ ...pooled, repeated: true })
    expect(await refused(decisions.pool('p1', { into: 'bob', from: ['ann'] }))).toMatchObject({ code: 'key-reused' })
    expect(await refused(decisions.pool('p2', { into: 'nobody', from: ['ann'] }))).toMatchObject({
      code: 'member-unknown',
      where: 'nobody',
    })
  })
})

describe('members who are merged', () => {
  beforeEach(async () => {
    await published(shop())
    await bought('ann', 100)
    await bought('bob', 10)
  })
  const merge = (into: string): Command => ({ command: 'merge', into, by: 'ben' })

  test('are one when it is answered, and the answer is the same later', async () => {
    const first = await decisions.decide('ann', 'm1', merge('bob'))
    expect(first).toMatchObject({ decision: { memberId: 'ann', type: 'MergedInto' }, points: { memberId: 'bob', available: 110 } })
    await decisions.decide('bob', 'k1', redeem(105))
    expect(await decisions.decide('ann', 'm1', merge('bob'))).toEqual({ ...first, repeated: true })
    expect(await refused(decisions.decide('ann', 'k2', redeem(1)))).toMatchObject({ code: 'member-merged' })
    expect(await refused(decisions.openHolds('ann'))).toMatchObject({ code: 'member-merged' })
  })

  test('name the one who has the history now, however often it was passed on', async () => {
    await bought('cem', 1)
    await decisions.decide('ann', 'm1', merge('bob'))
    await decisions.decide('bob', 'm2', merge('cem'))
    expect((await refused(decisions.decide('ann', 'k1', redeem(1)))).message).toContain('The history of "ann" is that of "cem" now.')
    expect(await decisions.decide('cem', 'k1', redeem(111))).toMatchObject({ points: { available: 0 } })
  })

  test('take their open holds with them', async () => {
    await decisions.decide('ann', 'h1', { command: 'hold', points: 60 })
    await decisions.decide('ann', 'm1', merge('bob'))
    expect(await decisions.openHolds('bob')).toMatchObject({ rows: [{ hold: 'h1', points: 60 }] })
    expect(await decisions.decide('bob', 'c1', { command: 'capture', hold: 'h1' })).toMatchObject({
      points: { available: 50, redeemed: 60 },
    })
  })

  test('decide after what was adopted, though it has higher revisions and the same instant', async () => {
    for (const key of ['k1', 'k2', 'k3']) await decisions.decide('ann', key, redeem(10))
    await decisions.decide('ann', 'm1', merge('bob'))
    await decisions.decide('bob', 'k4', redeem(80))
    expect(await refused(decisions.decide('bob', 'k5', redeem(1)))).toMatchObject({ code: 'points-missing' })
  })

  test('are two again when it is undone', async () => {
    await decisions.decide('ann', 'm1', merge('bob'))
    await decisions.decide('bob', 'k1', redeem(30))
    const undone = await decisions.decide('ann', 'u1', { command: 'undo-merge', merge: 'm1', by: 'ben' })
    expect(undone).toMatchObject({ points: { memberId: 'bob', available: 0, debt: 20 } })
    expect(await decisions.decide('ann', 'k2', redeem(100))).toMatchObject({ points: { available: 0 } })
  })

  test('into each other at the same moment: the first one counts, and the other is undone', async () => {
    // Both have looked before either has written.
    let waiting = 0
    const bothHaveLooked = Promise.withResolvers<void>()
    const meeting: EventStore = {
      ...store,
      async appendDecision(event, revision) {
        if (event.type === 'MergedInto' && ++waiting === 2) bothHaveLooked.resolve()
        if (event.type === 'MergedInto') await bothHaveLooked.promise
        return store.appendDecision(event, revision)
      },
    }
    const both = decisionsOn(meeting)
    const answers = await Promise.allSettled([both.decide('ann', 'm1', merge('bob')), both.decide('bob', 'm2', merge('ann'))])
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const loser = answers.findIndex(({ status }) => status === 'rejected')
    expect(answers[loser]).toMatchObject({ reason: { code: 'member-merged' } })
    const [left, key] = loser === 0 ? ['ann', 'm1'] : ['bob', 'm2']
    expect(await decisions.openHolds(left)).toMatchObject({ rows: [] })
    expect(await decisions.decide(left, 'k1', redeem(110))).toMatchObject({ points: { available: 0 } })
    expect(await refused(decisions.decide(left, key, merge(left === 'ann' ? 'bob' : 'ann')))).toMatchObject({ code: 'member-merged' })
  })
})

describe('what is open', () => {
  test('are holds, redemptions and adjustments, read from the stream', async () => {
    await published(shop())
    await bought('ann', 1_000)
    await decisions.decide('ann', 'h1', { command: 'hold', points: 100, orderId: 'o7' })
    await decisions.decide('ann', 'h2', { command: 'hold', points: 50 })
    await decisions.decide('ann', 'c2', { command: 'capture', hold: 'h2', points: 20 })
    await decisions.decide('ann', 'r1', { command: 'redeem', points: 10, orderId: 'o8' })
    await decisions.decide('ann', 'r2', redeem(5))
    await decisions.decide('ann', 'x2', { command: 'cancel', redemption: 'r2' })
    await decisions.decide('ann', 'a1', { command: 'adjust', points: 5_000, reason: 'goodwill', by: 'ben' })
    const at = '2025-02-01T12:00:00.000Z'
    const worth = { amount: '1.00', currency: 'GBP' }
    expect(await decisions.openHolds('ann')).toEqual({
      memberId: 'ann',
      asOf: at,
      rows: [{ hold: 'h1', points: 100, at, lapsesAt: '2025-02-02T12:00:00.000Z', orderId: 'o7', worth }],
    })
    expect((await decisions.openRedemptions('ann')).rows).toEqual([
      { redemption: 'h2', points: 20, at },
      { redemption: 'r1', points: 10, at, orderId: 'o8' },
    ])
    expect((await decisions.waitingAdjustments('ann')).rows).toEqual([
      { adjustment: 'a1', points: 5_000, reason: 'goodwill', by: 'ben', at },
    ])
    now = instant('2025-02-02')
    expect((await decisions.openHolds('ann')).rows).toEqual([])
  })
})
