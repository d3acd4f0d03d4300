import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { notReadySchema, readySchema } from '@perennial/contracts'
import { openTestApi, purchase, type TestApi } from './testing/open-api.ts'

let api: TestApi
beforeEach(() => {
  api = openTestApi()
})
afterEach(() => api.close())

const versionOf = (name: string) => api.engine.projectors.find((projector) => projector.name === name)?.version

test('a new engine is live and ready, before anything was published', async () => {
  expect((await api.get('/health/live')).json()).toEqual({ status: 'live' })
  const ready = await api.get('/health/ready')
  expect(ready.statusCode).toBe(200)
  expect(ready.json().projectors.tier).toEqual({ version: versionOf('tier'), lag: 0, parked: 0 })
})

test('readiness tells how far each projector is behind', async () => {
  await api.post([purchase('m-1'), purchase('m-2')])
  await api.engine.services.find(({ name }) => name === 'ingest')?.drain()
  const { head, projectors } = (await api.get('/health/ready')).json()
  expect(head).toBe(3)
  expect(projectors['churn-risk']).toEqual({ version: 2, lag: 3, parked: 0 })
  await api.engine.drain()
  expect((await api.get('/health/ready')).json().projectors['churn-risk'].lag).toBe(0)
})

test('read models that are further behind than is allowed are not ready, and are told of beside what is', async () => {
  const strict = openTestApi({ maxLag: 1 })
  await strict.post([purchase('m-1'), purchase('m-2')])
  await strict.engine.services.find(({ name }) => name === 'ingest')?.drain()
  const fault = '3 behind, ready up to 1'
  const answer = await strict.get('/health/ready')
  expect(answer.statusCode).toBe(503)
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(notReadySchema.parse(answer.json())).toMatchObject({
    code: 'not-ready',
    services: { tier: { lag: 3, fault }, value: { lag: 3, fault }, api: {} },
  })
  expect(answer.json().faults).toContainEqual({ field: 'tier', message: fault })
  await strict.engine.drain()
  expect(readySchema.parse((await strict.get('/health/ready')).json())).toMatchObject({ status: 'ready', services: { tier: { lag: 0 } } })
  await strict.close()
})

test('a read model of another version, or one that cannot be read, is not ready and says which', async () => {
  const tier = api.engine.readStores.get('tier')
  await tier?.building({ projector: 'tier', version: 99, filters: ['tier'] })
  await tier?.swap()
  await api.engine.readStores.get('points')?.close()
  const answer = await api.get('/health/ready')
  expect(answer.statusCode).toBe(503)
  expect(answer.json()).toMatchObject({
    code: 'not-ready',
    faults: [
      { field: 'tier', message: `expected a read model of version ${versionOf('tier')}, found 99` },
      { field: 'points', message: 'cannot be read' },
    ],
  })
  expect((await api.get('/v1/tier')).json()).toMatchObject({ code: 'read-model-version', status: 503, detail: 'tier' })
  // A store that is gone is a bug or a disaster: the client is told nothing of its insides.
  const broken = (await api.get('/v1/points')).json()
  expect(broken).toEqual({
    type: 'urn:perennial:problem:internal',
    title: 'Something went wrong inside Perennial.',
    status: 500,
    code: 'internal',
    next: 'Look into the log for details and report it.',
    faults: [],
  })
  expect((await api.get('/metrics')).statusCode).toBe(200)
  api = openTestApi()
})

test('metrics tell lags, refusals and the time of requests', async () => {
  await api.post([purchase('m-1'), purchase('m-2')])
  await api.post({ ...purchase('m-1'), type: 'retail.unknown.v1' })
  const before = (await api.get('/metrics')).body
  expect(before).toContain('perennial_bus_lag{group="ingest"} 2')
  expect(before).toContain('perennial_dead_letters_open 1')
  expect(before).toContain('perennial_events_refused_total{code="unknown-type"} 1')
  expect(before).toContain('perennial_http_request_seconds_count{method="POST",route="/v1/events",status="400"} 1')
  await api.engine.drain()
  const after = (await api.get('/metrics')).body
  expect(after).toContain('perennial_bus_lag{group="ingest"} 0')
  expect(after).toContain('perennial_projector_lag{projector="tier"} 0')
  expect(after).toContain('perennial_settlement_lag 0')
  expect(after).toContain('perennial_relay_lag{projector="tier",kind="announcements"} 0')
  expect(after).toContain('nodejs_eventloop_lag_seconds')
  expect(after).toContain('perennial_parked_members{projector="points"} 0')
})

test('an address that does not exist is a problem too', async () => {
  for (const url of ['/', '/v1/nothing', '/v1/members/']) {
    const answer = await api.get(url)
    expect(answer.statusCode).toBe(404)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.json().code).toMatch(/^(not-found|member-unknown)$/)
  }
})

test('the documentation page and all that it loads come from this server', async () => {
  const page = await api.get('/docs')
  expect(page.statusCode).toBe(200)
  expect(page.headers['content-type']).toContain('text/html')
  const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address as string)
  expect(loaded.length).toBeGreaterThan(3)
  for (const address of loaded) {
    expect(address).not.toMatch(/^(https?:)?\/\//)
    expect((await api.get(new URL(address, 'http://here/docs').pathname)).statusCode).toBe(200)
  }
  expect((await api.get('/docs/json')).json()).toEqual((await api.get('/openapi.json')).json())
})
