import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openTestApi, purchase, type TestApi } from './testing/open-api.ts'

interface Page {
  rows: { memberId: string; tier?: string; score?: number | null; band?: string }[]
  next?: string
}

describe('segments', () => {
  let api: TestApi
  const ids = Array.from({ length: 57 }, (_, index) => `m-${String(index).padStart(3, '0')}`)

  beforeAll(async () => {
    api = openTestApi()
    // Every third member has spent enough for gold; the later the number, the longer ago the purchase.
    await api.post(
      ids.map((id, index) =>
        purchase(id, {
          amount: index % 3 === 0 ? '2500.00' : '20.00',
          time: new Date(Date.parse('2025-11-25T00:00:00Z') - index * 5 * 86_400_000).toISOString(),
        }),
      ),
    )
    await api.engine.drain()
  })
  afterAll(() => api.close())

  async function visit(path: string): Promise<Page['rows']> {
    const rows: Page['rows'] = []
    let cursor = ''
    for (let pages = 0; pages < 100; pages++) {
      const page: Page = (await api.get(`${path}${cursor}`)).json()
      rows.push(...page.rows)
      if (!page.next) return rows
      cursor = `&cursor=${page.next}`
    }
    throw new Error('no end')
  }

  test.each([1, 7, 19, 57, 100])('pages of %d visit every member exactly once', async (limit) => {
    const rows = await visit(`/v1/points?limit=${limit}`)
    expect(rows.map(({ memberId }) => memberId)).toEqual(ids)
  })

  test('the same cursor gives the same page again', async () => {
    const { next } = (await api.get('/v1/tier?limit=10')).json() as Page
    const once = (await api.get(`/v1/tier?limit=10&cursor=${next}`)).json()
    expect((await api.get(`/v1/tier?limit=10&cursor=${next}`)).json()).toEqual(once)
    expect(once.rows[0].memberId).toBe('m-010')
  })

  test('a filter gives the members that have the value', async () => {
    const gold = await visit('/v1/tier?tier=gold&limit=4')
    expect(gold).toHaveLength(19)
    expect(new Set(gold.map(({ tier }) => tier))).toEqual(new Set(['gold']))
    expect(await visit('/v1/tier?tier=nowhere')).toEqual([])
  })

  test('a range of scores gives the members within it, bounds included', async () => {
    const all = await visit('/v1/churn-risk?limit=1000')
    const within = await visit('/v1/churn-risk?scoreMin=0.3&scoreMax=0.8&limit=3')
    expect(within).toEqual(all.filter(({ score }) => typeof score === 'number' && score >= 0.3 && score <= 0.8))
    expect(within.length).toBeGreaterThan(5)
    const some = within[0]?.score
    expect(await visit(`/v1/churn-risk?scoreMin=${some}&scoreMax=${some}`)).toContainEqual(within[0])
  })

  test('filters and ranges together ask for both', async () => {
    const rows = await visit('/v1/churn-risk?band=high&recencyDaysMin=200')
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.every(({ band }) => band === 'high')).toBe(true)
  })

  test.each([
    ['/v1/tier?tire=gold', 'tire', 'not a parameter here; there are: tier, cursor, limit'],
    ['/v1/lifecycle?stage=happy', 'stage', 'expected one of prospect, new'],
    ['/v1/churn-risk?scoreMin=lots', 'scoreMin', 'expected a number'],
    ['/v1/tier?limit=0', 'limit', 'expected a whole number from 1 to 1000'],
    ['/v1/tier?limit=1001', 'limit', 'expected a whole number from 1 to 1000'],
    ['/v1/tier?tier=gold&tier=silver', 'tier', 'given more than once'],
    ['/v1/tier?cursor=nonsense', 'cursor', 'expected a cursor as it was given'],
    ['/v1/tier?cursor=bzox', 'cursor', 'expected a cursor as it was given'],
    ['/v1/members/m-001?limit=1', 'limit', 'there are: asOf'],
    ['/v1/announcements?type=none', 'type', 'expected one of perennial.tier.changed.v1'],
  ])('%s is refused and told what is taken', async (url, field, message) => {
    const answer = await api.get(url)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid-request', faults: [{ field, message: expect.stringContaining(message) }] })
  })
})
