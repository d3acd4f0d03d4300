import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { sumOfMovements } from './explain.ts'
import { bought, broughtBack, instant, joined, openTestLog, programme, type TestLog } from './testing/log.ts'

let log: TestLog
beforeEach(() => {
  log = openTestLog('2025-12-31')
})
afterEach(() => log.close())

const movements = async (asOf?: string) => (await log.reader.explain('ann', asOf === undefined ? undefined : instant(asOf))).movements

/** The movements in words: day, points, accounts, kind, and the balance after. */
async function story(asOf?: string): Promise<string[]> {
  return (await movements(asOf)).map(
    ({ at, points, from, to, cause, balance: { available, pending, debt } }) =>
      `${at.slice(0, 10)} ${points} ${from} → ${to} ${cause.kind} | ${available} ${pending} ${debt}`,
  )
}

describe('every movement of points is told, with what made it', () => {
  test('earned, released, expired', async () => {
    await log.publish(programme)
    await log.append(joined('ann', '2025-01-01'), bought('ann', '2025-01-10', 'o1', 60))
    expect(await story()).toEqual([
      '2025-01-10 60 issued → pending earned | 0 60 0',
      '2025-01-24 60 pending → available released | 60 0 0',
      '2025-04-30 60 available → expired expired | 0 0 0',
    ])
    expect(await story('2025-01-24')).toHaveLength(2)
    expect(await story('2025-01-05')).toEqual([])
    const order = { source: '/till', orderId: 'o1' }
    expect((await movements()).map(({ cause }) => cause)).toMatchObject([{ order }, { source: { order } }, { source: { order } }])
  })

  test('what an order earned is told line by line, with rules, level and version', async () => {
    await log.publish({
      ...programme,
      points: {
        ...programme.points,
        earn: [
          { name: 'base', for: 'purchase', per: '1.00', points: 1 },
          { name: 'extra', for: 'purchase', per: '10.00', points: 1 },
          { name: 'organic', for: 'purchase', when: { category: ['organic'] }, multiply: 2 },
          { name: 'week of tea', for: 'purchase', when: { category: ['organic', 'tea'] }, multiply: '1.5' },
        ],
      },
      tiers: {
        ...programme.tiers,
        levels: [
          { name: 'member', from: '0' },
          { name: 'silver', from: '500.00', multiply: 1.25 },
        ],
      },
    })
    const order = bought('ann', '2025-02-10', 'o2', 0)
    const lines = [
      { sku: 'tea', category: 'organic', quantity: 1, amount: 1999 },
      { lineId: '2', sku: 'cup', quantity: 1, amount: 1001 },
    ]
    await log.append(bought('ann', '2025-01-10', 'o1', 600), {
      ...order,
      data: JSON.stringify({ orderId: 'o2', currency: 'GBP', lines }),
    })
    const [, second] = await movements('2025-02-10')
    expect((await movements('2025-02-10')).map(({ points }) => points)).toEqual([660, 660, 96])
    expect((await movements('2025-02-10')).at(-1)).toEqual({
      at: '2025-02-10T12:00:00.000Z',
      points: 96,
      from: 'issued',
      to: 'pending',
      cause: {
        kind: 'earned',
        order: { source: '/till', orderId: 'o2' },
        currency: 'GBP',
        programme: { name: 'shop', version: 1 },
        tier: { level: 'silver', multiply: '1.25' },
        rounding: { mode: 'floor', per: 'order' },
        combine: 'multiply',
        lines: [
          {
            sku: 'tea',
            category: 'organic',
            amount: '19.99',
            points: 82,
            rules: [
              { rule: 'base', per: '1.00', points: 1 },
              { rule: 'extra', per: '10.00', points: 1 },
              { rule: 'organic', multiply: '2' },
              { rule: 'week of tea', multiply: '1.5' },
            ],
          },
          {
            sku: 'cup',
            lineId: '2',
            amount: '10.01',
            points: 14,
            rules: [
              { rule: 'base', per: '1.00', points: 1 },
              { rule: 'extra', per: '10.00', points: 1 },
            ],
          },
        ],
      },
      balance: { available: 660, pending: 96, held: 0, debt: 0 },
    })
    expect(second?.cause).toEqual({ kind: 'released', source: { order: { source: '/till', orderId: 'o1' } } })
  })

  test('what a return takes back is told with its return, order and line; and debt that is paid', async () => {
    await log.publish(programme)
    await log.append(
      bought('ann', '2025-01-10', 'o1', 60),
      broughtBack('ann', '2025-01-12', 'r1', 'o1', 20),
      bought('ann', '2025-02-01', 'o2', 30),
    )
    expect((await story('2025-02-01')).slice(1)).toEqual([
      '2025-01-12 20 pending → clawedBack taken-back | 0 40 0',
      '2025-01-24 40 pending → available released | 40 0 0',
      '2025-02-01 30 issued → pending earned | 40 30 0',
    ])
    expect((await movements())[1]?.cause).toEqual({
      kind: 'taken-back',
      returnId: 'r1',
      order: { source: '/till', orderId: 'o1' },
      line: 1,
      sku: 'tea',
    })
  })

  test('a return that came before its order takes points back on the day of the order', async () => {
    await log.publish(programme)
    await log.append(broughtBack('ann', '2025-01-08', 'r1', 'o1', 20), bought('ann', '2025-01-10', 'o1', 60))
    expect(await story('2025-01-10')).toEqual([
      '2025-01-10 60 issued → pending earned | 0 60 0',
      '2025-01-10 20 pending → clawedBack taken-back | 0 40 0',
    ])
    expect((await movements())[1]?.cause).toMatchObject({ returnId: 'r1' })
  })

  test('the sums of the movements are the accounts', async () => {
    await log.publish(programme)
    await log.append(bought('ann', '2025-01-10', 'o1', 60), broughtBack('ann', '2025-06-12', 'r1', 'o1', 20))
    expect(sumOfMovements(await movements())).toEqual({
      pending: 0,
      available: 0,
      debt: 0,
      issued: -60,
      redeemed: 0,
      expired: 60,
      clawedBack: 0,
      held: 0,
      adjusted: 0,
      transferred: 0,
    })
  })
})
