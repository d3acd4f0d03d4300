import { beforeAll, describe, expect, test } from '@jest/globals'
import type { CloudEvent } from '@perennial/contracts'
import { newCommandLine, purchase, toNdjson, writeFile } from './support/command-line.ts'

interface Explanation {
  row: Record<string, unknown>
  movements: { at: string; points: number; from: string; to: string; cause: { kind: string } }[]
  sums: Record<string, number>
}

const gaveBack: CloudEvent = {
  specversion: '1.0',
  id: 'r-1',
  source: '/test/till',
  type: 'retail.return.v1',
  subject: 'ann',
  time: '2025-01-12T10:00:00Z',
  data: { returnId: 'r-1', orderId: 'o-1', currency: 'GBP', lines: [{ sku: 'tea', quantity: 1, amount: '4.00' }] },
}

describe('perennial explain', () => {
  const cli = newCommandLine()
  const at = (now: string, ...args: string[]) => ['--now', now, 'explain', ...args]
  beforeAll(() => {
    const events = [purchase('ann', '2025-01-10T10:00:00Z', 'o-1'), purchase('ann', '2025-01-20T10:00:00Z', 'o-2'), gaveBack]
    return cli.ok('--now', '2025-02-10', 'publish', writeFile('events.ndjson', toNdjson(events)))
  })

  test('shows people every movement, its reason, and what they come to', async () => {
    const lines = (await cli.ok(...at('2026-03-01', 'ann'))).split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '))
    expect(lines).toEqual([
      'Points of ann as of 2026-03-01T00:00:00.000Z',
      '',
      'when (UTC) | points | from → to | available | pending | why',
      '2025-01-10 10:00 | 10 | issued → pending | 0 | 10 | earned with order o-1 (/test/till): default version 1, member, rounded floor per order',
      'tea 10.00 GBP: 10 by base (1 per 1.00)',
      '2025-01-12 10:00 | 4 | pending → clawedBack | 0 | 6 | taken back: return r-1 of order o-1 (/test/till), line 1 (tea)',
      '2025-01-20 10:00 | 10 | issued → pending | 0 | 16 | earned with order o-2 (/test/till): default version 1, member, rounded floor per order',
      'tea 10.00 GBP: 10 by base (1 per 1.00)',
      '2025-01-24 10:00 | 6 | pending → available | 6 | 10 | released: order o-1 (/test/till)',
      '2025-02-03 10:00 | 10 | pending → available | 16 | 0 | released: order o-2 (/test/till)',
      '2026-02-01 00:00 | 6 | available → expired | 10 | 0 | expired: order o-1 (/test/till)',
      '2026-02-01 00:00 | 10 | available → expired | 0 | 0 | expired: order o-2 (/test/till)',
      '',
      'Together: 20 earned = 0 available + 0 pending + 16 expired, 4 taken back, 0 redeemed.',
      '',
    ])
  })

  test('answers programs in JSON, with the row that the movements sum to', async () => {
    const { row, movements, sums } = await cli.json<Explanation>(...at('2025-02-10', 'ann'))
    expect(row).toMatchObject({ available: 16, pending: 0, expired: 0, clawedBack: 4, debt: 0 })
    const nothingElse = { pending: 0, held: 0, debt: 0, redeemed: 0, expired: 0, adjusted: 0, transferred: 0 }
    expect(sums).toEqual({ ...nothingElse, available: 16, issued: -20, clawedBack: 4 })
    expect(movements.map(({ cause }) => cause.kind)).toEqual(['earned', 'taken-back', 'earned', 'released', 'released'])
  })

  test('goes back to an earlier instant', async () => {
    const { movements } = await cli.json<Explanation>(...at('2025-02-10', 'ann', '--as-of', '2025-01-11'))
    expect(movements).toHaveLength(1)
  })

  test('a member of whom nothing is known, at least not then', async () => {
    expect(await cli.failure(...at('2025-02-10', 'nobody'))).toMatchObject({ code: 'member-unknown', where: 'nobody' })
    expect(await cli.failure(...at('2025-02-10', 'ann', '--as-of', '2025-01-01'))).toMatchObject({ code: 'member-unknown' })
  })
})
