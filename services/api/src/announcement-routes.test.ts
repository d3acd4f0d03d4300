import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openTestApi, purchase, type TestApi } from './testing/open-api.ts'

interface ServerSentEvent {
  id?: string
  event?: string
  data?: { id: string; subject: string; type: string }
}

describe('announcements', () => {
  let api: TestApi
  let url: string

  beforeEach(async () => {
    api = openTestApi()
    await api.post(Array.from({ length: 5 }, (_, index) => purchase(`m-${index}`, { amount: '600.00' })))
    await api.engine.drain()
    await api.app.listen({ host: '127.0.0.1', port: 0 })
    url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}/v1/announcements`
  })
  afterEach(() => api.close())

  /** Reads events from an open stream until there are enough, then leaves. */
  async function listen(count: number, headers: Record<string, string> = {}, query = ''): Promise<ServerSentEvent[]> {
    const leave = new AbortController()
    const response = await fetch(url + query, { headers: { accept: 'text/event-stream', ...headers }, signal: leave.signal })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const events: ServerSentEvent[] = []
    let rest = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (rest + chunk).split('\n\n')
      rest = blocks.pop() as string
      events.push(...blocks.map(readEvent).filter(({ data }) => data))
      if (events.length >= count) break
    }
    leave.abort()
    return events
  }

  function readEvent(block: string): ServerSentEvent {
    const field = (name: string) =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2)
    const data = field('data')
    return { id: field('id'), event: field('event'), ...(data && { data: JSON.parse(data) }) } as ServerSentEvent
  }

  test('pages visit every announcement once, and the last cursor waits for the next one', async () => {
    const all = (await api.get('/v1/announcements')).json()
    expect(all.rows.length).toBeGreaterThanOrEqual(10)
    const paged: unknown[] = []
    let cursor = ''
    for (;;) {
      const page = (await api.get(`/v1/announcements?limit=3${cursor}`)).json()
      cursor = `&cursor=${page.next}`
      if (page.rows.length === 0) break
      paged.push(...page.rows)
    }
    expect(paged).toEqual(all.rows)

    await api.post(purchase('m-9'))
    await api.engine.drain()
    const { rows } = (await api.get(`/v1/announcements?limit=3${cursor}`)).json()
    expect(new Set(rows.map(({ subject }: { subject: string }) => subject))).toEqual(new Set(['m-9']))
  })

  test('a type gives the announcements of that type only', async () => {
    const { rows } = (await api.get('/v1/announcements?type=perennial.tier.changed.v1')).json()
    expect(rows).toHaveLength(5)
    expect(rows[0]).toMatchObject({ type: 'perennial.tier.changed.v1', data: { before: null, after: 'silver' } })
  })

  test('a stream goes on after the event that the client saw last', async () => {
    const { rows } = (await api.get('/v1/announcements')).json()
    const first = await listen(4)
    const lastSeen = first[3] as ServerSentEvent
    const rest = await listen(rows.length - 4, { 'last-event-id': lastSeen.id as string })
    expect([...first.slice(0, 4), ...rest].map(({ data }) => data)).toEqual(rows)
    expect(first[0]?.event).toBe(first[0]?.data?.type)
  })

  test('a stream tells what happens after it was opened', async () => {
    const { next } = (await api.get('/v1/announcements')).json()
    const listening = listen(1, {}, `?cursor=${next}&type=perennial.lifecycle.changed.v1`)
    await api.post(purchase('late'))
    await api.engine.drain()
    expect((await listening)[0]?.data).toMatchObject({ subject: 'late', type: 'perennial.lifecycle.changed.v1' })
  })

  test('a stream ends when the server stops', async () => {
    const response = await fetch(url, { headers: { accept: 'text/event-stream' } })
    const reading = response.text()
    await api.app.close()
    expect(await reading).toContain('event: perennial.tier.changed.v1')
  })

  test('an event id that is no cursor is refused', async () => {
    const response = await fetch(url, { headers: { accept: 'text/event-stream', 'last-event-id': '17' } })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'invalid-request' })
  })

  test.each(['application/json', 'text/event-stream'])('a cursor of another bus is refused, for %s', async (accept) => {
    const cursor = Buffer.from('o:p1.2.3').toString('base64url')
    const response = await fetch(`${url}?cursor=${cursor}`, { headers: { accept } })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'invalid-request', faults: [{ field: 'cursor' }] })
  })

  test('a cursor is still what it always was', async () => {
    const { rows } = (await api.get('/v1/announcements')).json()
    const cursor = Buffer.from('o:4').toString('base64url')
    const page = (await api.get(`/v1/announcements?limit=1000&cursor=${cursor}`)).json()
    expect(page.rows).toEqual(rows.slice(4))
    expect(page.next).toBe(Buffer.from(`o:${rows.length}`).toString('base64url'))
  })

  test('more streams than there may be are turned away', async () => {
    const small = openTestApi({ streamsMax: 1 })
    const port = Number(new URL(await small.app.listen({ host: '127.0.0.1', port: 0 })).port)
    const open = () => fetch(`http://127.0.0.1:${port}/v1/announcements`, { headers: { accept: 'text/event-stream' } })
    const first = await open()
    const second = await open()
    expect(second.status).toBe(503)
    expect(second.headers.get('retry-after')).toBe('1')
    expect(await second.json()).toMatchObject({ code: 'overloaded' })
    await first.body?.cancel()
    await small.close()
  })
})
