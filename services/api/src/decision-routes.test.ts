import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openTestApi, purchase, type TestApi } from './testing/open-api.ts'

const ann = '/v1/members/ann'

let api: TestApi
beforeEach(async () => {
  api = openTestApi()
  await api.post([purchase('ann', { time: '2025-11-01T10:00:00Z', amount: '400.00' }), purchase('bob')])
  await api.engine.drain()
})
afterEach(() => api.close())

const available = async (member = 'ann') => {
  await api.engine.drain()
  return (await api.get(`/v1/members/${member}/points`)).json().available
}

describe('a decision over HTTP', () => {
  test('is answered with 201 the first time and with 200 from then on, with the same words', async () => {
    const first = await api.decide(`${ann}/redemptions`, 'k1', { points: 100 })
    expect(first.statusCode).toBe(201)
    expect(first.json()).toMatchObject({
      decision: { id: 'k1', memberId: 'ann', type: 'PointsRedeemed', data: { points: 100 } },
      repeated: false,
    })
    const again = await api.decide(`${ann}/redemptions`, 'k1', { points: 100 })
    expect(again.statusCode).toBe(200)
    expect(again.json()).toEqual({ ...(first.json() as object), repeated: true })
    expect(await available()).toBe(first.json().points.available)
  })

  test('of the same key and other content is a conflict', async () => {
    await api.decide(`${ann}/redemptions`, 'k1', { points: 100 })
    const other = await api.decide(`${ann}/redemptions`, 'k1', { points: 200 })
    expect(other.statusCode).toBe(409)
    expect(other.json()).toMatchObject({ code: 'key-reused', next: 'Give every decision a key of its own.' })
  })

  test.each([undefined, '', ' ', 'two words', 'ü', 'x'.repeat(129)])('needs a key of visible characters: %p is none', async (key) => {
    const headers = key === undefined ? {} : { 'idempotency-key': key }
    const answer = await api.app.inject({ method: 'POST', url: `${ann}/redemptions`, headers, payload: { points: 1 } })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'key-missing' })
  })

  test('that is refused says which code, what there is, and what to do', async () => {
    const answer = await api.decide(`${ann}/redemptions`, 'k1', { points: 100_000 })
    expect(answer.statusCode).toBe(409)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toEqual({
      type: 'urn:perennial:problem:points-missing',
      title: 'There are not enough points.',
      status: 409,
      detail: expect.stringContaining('can be spent, 100,000 are asked for.'),
      code: 'points-missing',
      next: 'Ask for no more than the points named, or wait until pending points are released.',
      faults: [],
    })
  })

  test.each([
    [{}, 'points'],
    [{ points: 0 }, 'points'],
    [{ points: -1 }, 'points'],
    [{ points: 1.5 }, 'points'],
    [{ points: '1' }, 'points'],
    [{ points: 1, orderAmount: 12.5 }, 'orderAmount'],
    [{ points: 1, orderAmount: '-1' }, 'orderAmount'],
    [{ points: 1, orderID: 'o1' }, 'orderID'],
  ])('of %p is refused, naming the field', async (body, field) => {
    const answer = await api.decide(`${ann}/redemptions`, 'k1', body)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid-request', faults: [{ field }] })
  })

  test('is JSON', async () => {
    const send = (type: string, payload: string) =>
      api.app.inject({ method: 'POST', url: `${ann}/redemptions`, headers: { 'idempotency-key': 'k1', 'content-type': type }, payload })
    expect((await send('application/json', '{"points":')).json()).toMatchObject({ code: 'invalid-json', status: 400 })
    expect((await send('application/json', '[1]')).json()).toMatchObject({ code: 'invalid-request', status: 400 })
    for (const type of ['text/plain', 'application/cloudevents+json', 'application/x-www-form-urlencoded']) {
      expect((await send(type, '{"points":1}')).json()).toMatchObject({ code: 'unsupported-media-type', status: 415 })
    }
    expect((await send('application/json', `{"points": 1${' '.repeat(1_100_000)}}`)).json()).toMatchObject({ code: 'too-large' })
    expect((await send('application/json; charset=utf-8', '{"points":1}')).statusCode).toBe(201)
    // Events are still no plain JSON.
    expect((await api.post('{}', 'application/json')).statusCode).toBe(415)
  })

  test('about a member of whom nothing is known is 404, about one who was merged away 410', async () => {
    expect((await api.decide('/v1/members/nobody/redemptions', 'k1', { points: 1 })).json()).toMatchObject({
      code: 'member-unknown',
      status: 404,
    })
    expect((await api.decide('/v1/merges', 'm1', { from: 'bob', into: 'ann', by: 'ben' })).statusCode).toBe(201)
    const gone = await api.decide('/v1/members/bob/redemptions', 'k1', { points: 1 })
    expect(gone.json()).toMatchObject({ code: 'member-merged', status: 410, detail: 'The history of "bob" is that of "ann" now.' })
    expect((await api.get('/v1/members/bob/holds')).statusCode).toBe(410)
  })
})

describe('an order that is paid with points', () => {
  test('is held, then captured: nothing needs a body that has nothing to say', async () => {
    const held = await api.decide(`${ann}/holds`, 'till-7/8123/hold', {
      points: 200,
      orderId: 'o9',
      orderAmount: '40.00',
      lapsesIn: 'PT15M',
    })
    expect(held.json()).toMatchObject({
      decision: { data: { lapsesAt: '2025-11-26T12:15:00.000Z', orderId: 'o9' } },
      points: { held: 200 },
    })
    expect((await api.get(`${ann}/holds`)).json().rows).toMatchObject([{ hold: 'till-7/8123/hold', points: 200 }])
    const hold = `${ann}/holds/${encodeURIComponent('till-7/8123/hold')}`
    const captured = await api.decide(`${hold}/capture`, 'till-7/8123/capture')
    expect(captured.statusCode).toBe(201)
    expect(captured.json()).toMatchObject({ decision: { worth: held.json().decision.worth }, points: { held: 0, redeemed: 200 } })
    expect((await api.decide(`${hold}/capture`, 'till-7/8123/capture-again')).json()).toMatchObject({ code: 'hold-over' })
    expect((await api.decide(`${hold}/release`, 'till-7/8123/release')).json()).toMatchObject({ code: 'hold-over' })
    expect((await api.get(`${ann}/redemptions`)).json().rows).toMatchObject([
      { redemption: 'till-7/8123/hold', points: 200, orderId: 'o9' },
    ])
  })

  test('comes to nothing where nobody captures it in time', async () => {
    const before = await available()
    await api.decide(`${ann}/holds`, 'h1', { points: 200, lapsesIn: 'PT15M' })
    expect(await available()).toBe(before - 200)
    api.setClock('2025-11-26T12:15:00Z')
    expect((await api.decide(`${ann}/holds/h1/capture`, 'c1')).json()).toMatchObject({ code: 'hold-over' })
    expect((await api.get(`${ann}/holds`)).json().rows).toEqual([])
    expect(await available()).toBe(before)
  })
})

describe('an adjustment', () => {
  test('of many points waits for a second person: 202, and nothing is moved', async () => {
    const before = await available()
    const proposed = await api.decide(`${ann}/adjustments`, 'a1', { points: 5_000, reason: 'lost-parcel', by: 'ben' })
    expect(proposed.statusCode).toBe(202)
    expect(await available()).toBe(before)
    expect((await api.get(`${ann}/adjustments`)).json().rows).toMatchObject([{ adjustment: 'a1', points: 5_000, by: 'ben' }])
    expect((await api.decide(`${ann}/adjustments/a1/approve`, 'a2', { by: 'ben' })).json()).toMatchObject({
      code: 'same-person',
      status: 403,
    })
    expect((await api.decide(`${ann}/adjustments/a1/approve`, 'a2', { by: 'cleo' })).statusCode).toBe(201)
    expect((await api.decide(`${ann}/adjustments/a1/reject`, 'a3', { by: 'cleo' })).json()).toMatchObject({ code: 'adjustment-over' })
    expect((await api.get(`${ann}/adjustments`)).json().rows).toEqual([])
    expect(await available()).toBe(before + 5_000)
  })

  test('of zero points, or with words for a reason, is refused', async () => {
    const adjust = (body: object) => api.decide(`${ann}/adjustments`, 'a1', { points: 5, reason: 'goodwill', by: 'ben', ...body })
    expect((await adjust({ points: 0 })).json()).toMatchObject({ faults: [{ field: 'points' }] })
    expect((await adjust({ reason: 'Was angry, call back at 0123' })).json()).toMatchObject({ faults: [{ field: 'reason' }] })
    expect((await adjust({ by: 'Ben Nevis' })).json()).toMatchObject({ faults: [{ field: 'by' }] })
  })
})

test('a member id with odd characters is decided about too', async () => {
  for (const id of ['a/b', '100% /?#&=+', '会员-七/ü']) {
    await api.post(purchase(id, { id: `order of ${id.length}`, time: '2025-11-01T10:00:00Z' }))
    await api.engine.drain()
    const answer = await api.decide(`/v1/members/${encodeURIComponent(id)}/adjustments`, `k${id.length}`, {
      points: 1,
      reason: 'x',
      by: 'y',
    })
    expect(answer.json()).toMatchObject({ decision: { memberId: id } })
  }
})

test('transfers, pools, tiers by hand and merges are there', async () => {
  await api.decide(`${ann}/adjustments`, 'a1', { points: 500, reason: 'welcome', by: 'ben' })
  expect((await api.decide(`${ann}/transfers`, 't1', { to: 'bob', points: 100 })).statusCode).toBe(201)
  expect((await api.decide(`${ann}/transfers`, 't2', { to: 'ann', points: 100 })).json()).toMatchObject({ code: 'same-member' })
  expect(await available('bob')).toBe(100)
  const pooled = await api.decide('/v1/pools', 'p1', { into: 'ann', from: ['bob'] })
  expect(pooled.statusCode).toBe(201)
  expect(pooled.json()).toMatchObject({ parts: [{ from: 'bob', decision: { id: 'p1/1' } }] })
  expect((await api.decide('/v1/pools', 'p1', { into: 'ann', from: ['bob'] })).statusCode).toBe(200)
  expect((await api.decide('/v1/pools', 'p2', { into: 'ann', from: ['ann'] })).json()).toMatchObject({ faults: [{ field: 'from' }] })
  expect((await api.decide('/v1/pools', 'p2', { into: 'ann', from: ['bob', 'bob'] })).json()).toMatchObject({ faults: [{ field: 'from' }] })

  const grant = { tier: 'gold', until: '2026-06-30', reason: 'vip', by: 'ben' }
  expect((await api.decide(`${ann}/tier-grants`, 'g1', grant)).statusCode).toBe(201)
  await api.engine.drain()
  expect((await api.get(`${ann}/tier`)).json()).toMatchObject({ tier: 'gold', grantedUntil: expect.stringMatching(/^2026-(06-30|07-01)T/) })
  expect((await api.decide(`${ann}/tier-grants`, 'g2', { ...grant, until: 'soon' })).json()).toMatchObject({ faults: [{ field: 'until' }] })

  expect((await api.decide('/v1/merges', 'm1', { from: 'bob', into: 'ann', by: 'ben' })).json()).toMatchObject({
    points: { memberId: 'ann' },
  })
  expect((await api.decide('/v1/merges/m1/undo', 'u1', { from: 'bob', by: 'ben' })).statusCode).toBe(201)
  expect((await api.decide('/v1/merges/m1/undo', 'u2', { from: 'bob', by: 'ben' })).json()).toMatchObject({ code: 'merge-over' })
  expect((await api.decide('/v1/merges/m1/undo', 'u2', { from: 'ann', by: 'ben' })).json()).toMatchObject({ code: 'merge-unknown' })
})
