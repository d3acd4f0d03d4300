import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { topics } from '@perennial/contracts'
import { buildApi } from './build-api.ts'
import { openTestApi, purchase, type TestApi } from './testing/open-api.ts'

describe('posting events', () => {
  let api: TestApi
  beforeEach(() => {
    api = openTestApi()
  })
  afterEach(() => api.close())

  test('a posted purchase is in all read models', async () => {
    const answer = await api.post(purchase('m-1', { amount: '600.00' }))
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toEqual({ accepted: 1 })
    await api.engine.drain()

    const member = (await api.get('/v1/members/m-1')).json()
    expect(member.tier).toMatchObject({ memberId: 'm-1', tier: 'silver', lifetimeSpend: '600.00' })
    expect(member.points).toMatchObject({ pending: 600, available: 0 })
    expect(member.lifecycle).toMatchObject({ stage: 'new', purchases: 1 })
    expect(member['churn-risk']).toMatchObject({ band: 'low' })
  })

  test('an event is on the bus as it was sent, under the member as its key', async () => {
    const text = JSON.stringify({ ...purchase('m-1'), tillversion: '1.0' }, null, 3)
    await api.post(text)
    const [message] = await api.engine.bus.read({ topic: topics.events, limit: 10 })
    expect(message).toMatchObject({ key: 'm-1', value: text, headers: { origin: 'http' } })
  })

  test('where ingest reads several topics, an event is on the first of them', async () => {
    const app = buildApi({ ...api.engine, intake: { topics: ['tills', 'web'] } })
    const headers = { 'content-type': 'application/cloudevents+json' }
    await app.inject({ method: 'POST', url: '/v1/events', headers, payload: JSON.stringify(purchase('m-1')) })
    await app.close()
    expect(await api.engine.bus.read({ topic: topics.events, limit: 10 })).toEqual([])
    expect(await api.engine.bus.read({ topic: 'tills', limit: 10 })).toMatchObject([{ key: 'm-1' }])
  })

  test('of a batch with one bad event the others are taken, and the bad one is kept with its own bytes', async () => {
    const bad = '{ "specversion": "1.0",  "id": "x", "amount": 1.0 }'
    const body = `[ ${JSON.stringify(purchase('m-1'))},\n ${bad} , ${JSON.stringify(purchase('m-2'))} ]`
    const answer = await api.post(body, 'application/cloudevents-batch+json; charset=utf-8')

    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    const problem = answer.json()
    expect(problem).toMatchObject({ code: 'events-refused', accepted: 2, type: 'urn:perennial:problem:events-refused' })
    expect(problem.refused).toMatchObject([{ index: 1, id: 'x', code: 'subject-missing', faults: [{ field: 'subject' }] }])
    const letter = await api.engine.deadLetters.find(problem.refused[0].deadLetter)
    expect(Buffer.from(letter?.bytes ?? []).toString()).toBe(bad)
    expect(letter).toMatchObject({ origin: 'http', status: 'open', code: 'subject-missing' })

    await api.engine.drain()
    expect((await api.get('/v1/tier')).json().rows.map((row: { memberId: string }) => row.memberId)).toEqual(['m-1', 'm-2'])
  })

  test('the problem of a refused event names the field, what was expected and what was found', async () => {
    const event = purchase('m-1')
    event.data.currency = 'XXQ'
    const answer = await api.post(event)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({
      code: 'unknown-currency',
      status: 400,
      faults: [{ field: 'data.currency', message: 'expected a code of ISO 4217 such as "GBP", got "XXQ"' }],
      accepted: 0,
      refused: [{ index: 0, id: event.id }],
    })
    expect(answer.json().next).toContain('three-letter code')
    expect(await api.engine.deadLetters.countOpen()).toBe(1)
  })

  test('another content type is refused with those that are taken, and is not kept', async () => {
    for (const contentType of ['application/json', 'text/plain', 'application/cloudevents+xml', '']) {
      const answer = await api.post(purchase('m-1'), contentType)
      expect(answer.statusCode).toBe(415)
      expect(answer.json()).toMatchObject({ code: 'unsupported-media-type' })
    }
    const bare = await api.app.inject({ method: 'POST', url: '/v1/events' })
    expect(bare.json()).toMatchObject({ code: 'unsupported-media-type' })
    expect(await api.engine.deadLetters.countOpen()).toBe(0)
  })

  test('what is not JSON is kept byte for byte, also where it is not even text', async () => {
    const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x7d])
    const answer = await api.post(bytes)
    expect(answer.json()).toMatchObject({ code: 'invalid-json', accepted: 0 })
    const letter = await api.engine.deadLetters.find(answer.json().refused[0].deadLetter)
    expect(Buffer.from(letter?.bytes ?? [])).toEqual(bytes)
    expect((await api.post('')).json()).toMatchObject({ code: 'invalid-json' })
    expect((await api.post('[{"a":1}', 'application/cloudevents-batch+json')).json()).toMatchObject({ refused: [{ code: 'invalid-json' }] })
  })

  test('a single event under the batch type is refused as a whole', async () => {
    const answer = await api.post(JSON.stringify(purchase('m-1')), 'application/cloudevents-batch+json')
    expect(answer.json()).toMatchObject({ code: 'events-refused', accepted: 0, refused: [{ code: 'invalid-request' }] })
  })

  test('an empty batch is nothing to refuse', async () => {
    expect((await api.post([])).json()).toEqual({ accepted: 0 })
  })

  test('an event far ahead of the clock is refused', async () => {
    const answer = await api.post(purchase('m-1', { time: '2026-01-01T00:00:00Z' }))
    expect(answer.json()).toMatchObject({ code: 'time-ahead', faults: [{ field: 'time' }] })
  })
})

describe('limits of a request', () => {
  test('a body over the limit is refused as too large', async () => {
    const api = openTestApi({ bodyBytesMax: 1_000 })
    const answer = await api.post({ ...purchase('m-1'), filler: 'x'.repeat(1_000) })
    expect(answer.statusCode).toBe(413)
    expect(answer.json()).toMatchObject({ code: 'too-large', status: 413 })
    await api.close()
  })

  test('of a batch over the limit nothing is taken', async () => {
    const api = openTestApi({ batchMax: 2 })
    const answer = await api.post([purchase('m-1'), purchase('m-2'), purchase('m-3')])
    expect(answer.statusCode).toBe(413)
    expect(answer.json().detail).toBe('3 events in one batch; at most 2 are taken.')
    expect(await api.engine.bus.read({ topic: topics.events, limit: 10 })).toEqual([])
    await api.close()
  })
})
