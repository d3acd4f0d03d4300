import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openTestApi, purchase, type TestApi } from './testing/open-api.ts'

describe('one member', () => {
  let api: TestApi
  beforeEach(async () => {
    api = openTestApi()
    await api.post([
      purchase('m-1', { id: 'first', time: '2025-03-01T10:00:00Z', amount: '400.00' }),
      purchase('m-1', { id: 'second', time: '2025-10-01T10:00:00Z', amount: '700.00' }),
    ])
    await api.engine.drain()
  })
  afterEach(() => api.close())

  test('is shown by one read model, or by all of them under their names', async () => {
    const tier = (await api.get('/v1/members/m-1/tier')).json()
    expect(tier).toMatchObject({ memberId: 'm-1', tier: 'silver', asOf: '2025-11-26T12:00:00.000Z' })
    const all = (await api.get('/v1/members/m-1')).json()
    expect(Object.keys(all)).toEqual(['memberId', 'tier', 'points', 'lifecycle', 'churn-risk', 'value'])
    expect(all.tier).toEqual(tier)
  })

  test('is shown as it was at an instant of the past', async () => {
    const before = (await api.get('/v1/members/m-1/tier?asOf=2025-09-30T23:59:59Z')).json()
    expect(before).toMatchObject({ tier: 'member', lifetimeSpend: '400.00', asOf: '2025-09-30T23:59:59.000Z' })
    const all = (await api.get('/v1/members/m-1?asOf=2025-09-30T23:59:59Z')).json()
    expect(all.lifecycle).toMatchObject({ purchases: 1, stage: 'lapsed' })
  })

  test('an offset that was not percent-encoded is understood', async () => {
    const answer = await api.get('/v1/members/m-1/tier?asOf=2025-09-30T23:59:59+08:00')
    expect(answer.json().asOf).toBe('2025-09-30T15:59:59.000Z')
  })

  test('an instant that is none is refused with an example of one', async () => {
    const answer = await api.get('/v1/members/m-1/tier?asOf=yesterday')
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid-request', faults: [{ field: 'asOf' }] })
    expect(answer.json().detail).toContain('RFC 3339')
  })

  test('has a time line of events and of what time alone has changed', async () => {
    const { entries, asOf } = (await api.get('/v1/members/m-1/timeline')).json()
    expect(asOf).toBe('2025-11-26T12:00:00.000Z')
    expect(entries[0]).toMatchObject({ at: '2025-03-01T10:00:00.000Z', event: { type: 'PurchaseRecorded', id: 'first' } })
    expect(entries.some((entry: { event?: unknown }) => entry.event === undefined)).toBe(true)
    const until = (await api.get('/v1/members/m-1/timeline?asOf=2025-03-01T10:00:00Z')).json()
    expect(until.entries).toHaveLength(1)
  })

  test('a member of whom nothing is known is a problem that says so', async () => {
    for (const path of ['', '/tier', '/points', '/lifecycle', '/churn-risk', '/timeline', '?asOf=2025-01-01T00:00:00Z']) {
      const answer = await api.get(`/v1/members/nobody${path}`)
      expect(answer.statusCode).toBe(404)
      expect(answer.json()).toMatchObject({ code: 'member-unknown', detail: 'nobody', faults: [] })
    }
    expect((await api.get('/v1/members/m-1/tier?asOf=2025-01-01T00:00:00Z')).statusCode).toBe(404)
  })

  test.each(['a/b', '100% /?#&=+', '会员-七/ü', '%2F', "o'neil; drop", '👪'.repeat(64)])(
    'the member id %p is found when it is percent-encoded',
    async (id) => {
      expect((await api.post(purchase(id, { id: 'odd' }))).statusCode).toBe(202)
      await api.engine.drain()
      for (const path of ['', '/points', '/timeline']) {
        const answer = await api.get(`/v1/members/${encodeURIComponent(id)}${path}`)
        expect(answer.statusCode).toBe(200)
        expect(answer.json().memberId).toBe(id)
      }
    },
  )

  test('a path that is not percent-encoded properly is a problem, not a crash', async () => {
    const answer = await api.get('/v1/members/%zz')
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid-request' })
  })
})
