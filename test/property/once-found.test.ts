import { describe, expect, test } from '@jest/globals'
import { type CloudEvent, defaultProgramme, type Programme } from '@perennial/contracts'
import { type MemberRows, referenceRows } from '../reference/reference.ts'
import { publishProgrammes, withEngine } from '../support/engine.ts'
import { withoutSentences } from '../support/without-sentences.ts'

/** Differences between the engine and the reference that were found once, the smallest history of each. */

const programme: Programme = { ...defaultProgramme(), effectiveFrom: '2024-01-01', timeZone: 'UTC' }

interface Line {
  sku?: string
  quantity?: number
  amount: string
}

let count = 0
function envelope(time: string, source: string) {
  count++
  return { specversion: '1.0', id: String(count).padStart(4, '0'), source, subject: 'ann', time: `${time}T12:00:00Z` } as const
}

const linesOf = (lines: readonly Line[]) => lines.map(({ sku = 'tea', quantity = 1, amount }) => ({ sku, quantity, amount }))

function bought(time: string, orderId: string, lines: readonly Line[], { source = '/shop', currency = 'GBP' } = {}): CloudEvent {
  return { ...envelope(time, source), type: 'retail.purchase.v1', data: { orderId, currency, lines: linesOf(lines) } }
}

function returned(
  time: string,
  orderId: string | undefined,
  lines: readonly Line[],
  { source = '/shop', currency = 'GBP' } = {},
): CloudEvent {
  const returnId = `r${count}`
  return {
    ...envelope(time, source),
    type: 'retail.return.v1',
    data: { returnId, ...(orderId && { orderId }), currency, lines: linesOf(lines) },
  }
}

async function rowsAt(events: readonly CloudEvent[], date: string, programmes: readonly Programme[] = [programme]): Promise<MemberRows> {
  const asOf = Date.parse(`${date}T12:00:00Z`)
  const rows = await withEngine({ now: asOf }, async (engine) => {
    await publishProgrammes(engine, programmes)
    await engine.publish(events)
    await engine.drain()
    const entries = engine.projectors.map(async (projector) => {
      return [projector.name, withoutSentences(projector.name, await engine.reader.row(projector, 'ann'))]
    })
    return Object.fromEntries(await Promise.all(entries)) as MemberRows
  })
  expect(referenceRows('ann', events, programmes, asOf)).toMatchObject(rows)
  return rows
}

describe('once found', () => {
  test('an order in another currency is not counted, and neither is a second order under its id', async () => {
    const events = [
      bought('2024-02-01', 'o1', [{ amount: '10.00' }]),
      bought('2024-02-02', 'o2', [{ amount: '10.00' }], { currency: 'EUR' }),
      bought('2024-02-03', 'o2', [{ amount: '70.00' }]),
    ]
    expect((await rowsAt(events, '2024-02-10')).lifecycle).toMatchObject({ purchases: 1, netSpend: '10.00' })
  })

  test('goods that come back without an order come from the oldest purchase, also where two tills use one order id', async () => {
    const events = [
      bought('2024-02-01', 'o1', [{ sku: 'oil', amount: '5.00' }], { source: '/till/1' }),
      bought('2024-02-02', 'o2', [{ amount: '10.00' }]),
      bought('2024-02-03', 'o1', [{ amount: '100.00' }], { source: '/till/2' }),
      returned('2024-02-04', undefined, [{ amount: '10.00' }]),
    ]
    // All ten points of the order of 10.00, and none of the hundred.
    expect((await rowsAt(events, '2024-02-10')).points).toMatchObject({ clawedBack: 10, pending: 105 })
    expect((await rowsAt(events, '2025-02-02')).tier.qualifying).toBe('100.00')
  })

  test('a return that waited for its order is settled together with it: the tier does not flicker', async () => {
    const short: Programme = { ...programme, tiers: { ...programme.tiers, window: { rolling: 'P7D' } } }
    const events = [returned('2024-02-01', 'o1', [{ amount: '600.00' }]), bought('2024-03-01', 'o1', [{ amount: '600.00' }])]
    expect((await rowsAt(events, '2024-03-02', [short])).tier).toMatchObject({
      tier: 'member',
      since: '2024-02-01T12:00:00.000Z',
      qualifying: '0.00',
    })
  })

  test('a later version with a longer window counts the days again that had left the shorter one', async () => {
    const short: Programme = { ...programme, tiers: { ...programme.tiers, window: { rolling: 'P7D' } } }
    const long: Programme = { ...programme, version: 2, effectiveFrom: '2024-06-01' }
    const events = [bought('2024-02-01', 'o1', [{ amount: '600.00' }])]
    expect((await rowsAt(events, '2024-05-01', [short, long])).tier).toMatchObject({ tier: 'member', qualifying: '0.00' })
    expect((await rowsAt(events, '2024-06-02', [short, long])).tier).toMatchObject({
      tier: 'silver',
      since: '2024-06-01T00:00:00.000Z',
      qualifying: '600.00',
    })
  })

  test('points whose expiry falls on the instant of their release live on from there', async () => {
    const brief: Programme = { ...programme, points: { ...programme.points, pending: 'P1D', expiry: { after: 'P0D', at: 'end-of-day' } } }
    const midnight = { ...bought('2024-02-01', 'o1', [{ amount: '10.00' }]), time: '2024-02-01T00:00:00Z' }
    expect((await rowsAt([midnight], '2024-02-02', [brief])).points).toMatchObject({
      available: 10,
      expired: 0,
      nextExpiry: { points: 10, at: '2024-02-03T00:00:00.000Z' },
    })
  })

  test('goods of an unknown purchase undo no tier, also not where they come back at the instant of an evaluation', async () => {
    const tiers: Programme['tiers'] = {
      ...programme.tiers,
      window: { lifetime: true },
      upgrade: 'at-evaluation',
      downgrade: { ...programme.tiers.downgrade, grace: 'P3M' },
      onReturn: 'recalculate',
    }
    const events = [
      bought('2024-03-31', 'o1', [{ amount: '600.00' }]),
      { ...returned('2025-01-01', undefined, [{ sku: 'soap', amount: '700.00' }]), time: '2025-01-01T00:00:00Z' },
    ]
    expect((await rowsAt(events, '2025-01-02', [{ ...programme, tiers }])).tier).toMatchObject({
      tier: 'silver',
      since: '2024-04-01T00:00:00.000Z',
      qualifying: '-100.00',
    })
  })

  test('a return at a third till gives back what any till sold under the order id', async () => {
    const events = [
      bought('2024-02-01', 'o1', [{ sku: 'oil', amount: '5.00' }], { source: '/till/1' }),
      bought('2024-02-02', 'o1', [{ sku: 'tea', amount: '20.00' }], { source: '/till/2' }),
      returned('2024-02-03', 'o1', [{ sku: 'tea', amount: '20.00' }], { source: '/till/3' }),
    ]
    expect((await rowsAt(events, '2024-02-10')).points).toMatchObject({ clawedBack: 20, pending: 5 })
  })
})
