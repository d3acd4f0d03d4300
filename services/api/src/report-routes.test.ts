import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { CohortReport, FlowReport } from '@perennial/contracts'
import { eventExamples } from './openapi/examples.ts'
import { cohortExample, flowExample, funnelExample } from './openapi/report-examples.ts'
import { openTestApi, purchase, type TestApi } from './testing/open-api.ts'

let api: TestApi
beforeAll(async () => {
  api = openTestApi()
  const bought = (memberId: string, ...days: string[]) =>
    days.map((day, index) => purchase(memberId, { id: `${memberId}-${index}`, time: `${day}T12:00:00Z` }))
  await api.post([
    ...Object.values(eventExamples),
    ...bought('m-2077', '2025-09-03', '2025-11-05'),
    ...bought('m-2078', '2025-09-20', '2025-10-02', '2025-11-19'),
    ...bought('m-2079', '2025-10-15'),
  ])
  await api.engine.drain()
})
afterAll(() => api.close())

const picture = { accept: 'image/avif,image/svg+xml,*/*;q=0.5' }

describe('reports over HTTP', () => {
  test('are those of the examples in the documents', async () => {
    const asOf = '2025-11-26T00:00:00Z'
    expect((await api.get(`/v1/reports/cohorts?asOf=${asOf}`)).json()).toEqual(cohortExample)
    expect((await api.get('/v1/reports/flows?month=2025-10')).json()).toEqual(flowExample)
    expect((await api.get(`/v1/reports/funnel?asOf=${asOf}`)).json()).toEqual(funnelExample)
  })

  test.each(['cohorts', 'flows', 'funnel'])('%s are a picture for who accepts one', async (name) => {
    const answer = await api.get(`/v1/reports/${name}`, picture)
    expect(answer.headers).toMatchObject({ 'content-type': 'image/svg+xml; charset=utf-8', vary: 'accept' })
    expect(answer.body).toMatch(/^<svg [^>]*>.*<\/svg>$/s)
    expect((await api.get(`/v1/reports/${name}`, picture)).body).toBe(answer.body)
    expect((await api.get(`/v1/reports/${name}`)).headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      vary: 'accept',
    })
  })

  test('without an instant are as of the minute, and know what has come since', async () => {
    const other = openTestApi()
    const members = async () => (await other.get('/v1/reports/cohorts')).json<CohortReport>().members
    other.setClock('2025-11-26T12:00:41.500Z')
    expect((await other.get('/v1/reports/funnel')).json().asOf).toBe('2025-11-26T12:00:00.000Z')
    expect(await members()).toBe(0)
    await other.post([purchase('m-1')])
    await other.engine.drain()
    expect(await members()).toBe(1)
    await other.close()
  })

  test('cohorts can be quarters and weeks', async () => {
    const { by, running, cohorts } = (await api.get('/v1/reports/cohorts?by=quarter&asOf=2025-11-26T00:00:00Z')).json<CohortReport>()
    expect([by, running, cohorts.map(({ cohort, active }) => [cohort, ...active])]).toEqual([
      'quarter',
      '2025-Q4',
      [
        ['2025-Q3', 2, 2],
        ['2025-Q4', 2],
      ],
    ])
    expect((await api.get('/v1/reports/cohorts?by=week')).json<CohortReport>().cohorts.map(({ cohort }) => cohort)).toEqual([
      '2025-W36',
      '2025-W38',
      '2025-W42',
      '2025-W47',
    ])
  })

  test('flows can be several months, or between two instants', async () => {
    const spans = async (query: string) => (await api.get(`/v1/reports/flows?${query}`)).json<FlowReport>().spans
    expect((await spans('months=2')).map(({ month }) => month)).toEqual(['2025-09', '2025-10'])
    const [between] = await spans('from=2025-10-01T00:00:00Z&to=2025-10-10T00:00:00Z')
    expect(between).toMatchObject({ month: null, from: '2025-10-01T00:00:00.000Z', flows: [{ after: 'new' }, { after: 'growing' }] })
  })

  test.each([
    ['cohorts?by=year', 'by'],
    ['cohorts?asOf=yesterday', 'asOf'],
    ['flows?month=2025-13', 'month'],
    ['flows?month=2026-01', 'month'],
    ['flows?months=0', 'months'],
    ['flows?months=x', 'months'],
    ['flows?month=2025-10&to=2025-10-10T00:00:00Z', 'month'],
    ['flows?from=2025-10-10T00:00:00Z&to=2025-10-10T00:00:00Z', 'from'],
  ])('%s is refused, naming %s', async (query, field) => {
    const answer = await api.get(`/v1/reports/${query}`)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'invalid-request', faults: [{ field }] })
  })

  test.each([
    ['cohorts?asOf=2025-11-26T12:00:00.001Z', 'asOf'],
    ['funnel?asOf=2030-01-01T00:00:00Z', 'asOf'],
    ['flows?to=2025-11-26T12:00:01Z', 'to'],
    ['flows?from=2025-10-01T00:00:00Z&to=2030-01-01T00:00:00Z', 'to'],
  ])('%s has not come yet, which is said of %s', async (query, field) => {
    const answer = await api.get(`/v1/reports/${query}`)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'not-yet', faults: [{ field }] })
  })

  test('can be asked for up to this very instant', async () => {
    for (const query of ['cohorts?asOf', 'funnel?asOf', 'flows?to'])
      expect((await api.get(`/v1/reports/${query}=2025-11-26T12:00:00Z`)).statusCode).toBe(200)
  })

  test('are JSON for who would rather have that than a picture', async () => {
    const { headers } = await api.get('/v1/reports/funnel', { accept: 'application/json, image/svg+xml;q=0.5' })
    expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', vary: 'accept' })
  })

  test('too many at once are turned away, and the same one is made only once', async () => {
    const pages = api.engine.eventStore.readHistories
    let passes = 0
    api.engine.eventStore.readHistories = (options) => {
      passes++
      return pages.call(api.engine.eventStore, options)
    }
    const ask = (day: number) => api.get(`/v1/reports/funnel?asOf=2025-08-${String(day).padStart(2, '0')}T00:00:00Z`)
    const answers = await Promise.all([...Array.from({ length: 9 }, (_, index) => ask(index + 1)), ask(1), ask(1)])
    api.engine.eventStore.readHistories = pages
    const codes = answers.map(({ statusCode }) => statusCode)
    expect([codes.filter((code) => code === 200).length, codes.filter((code) => code === 503).length]).toEqual([7, 4])
    expect(answers.find(({ statusCode }) => statusCode === 503)?.json().code).toBe('overloaded')
    expect(passes).toBe(5)
  })

  test('a report that is being made does not hold up a server that stops', async () => {
    const other = openTestApi()
    await other.post([purchase('m-1')])
    await other.engine.drain()
    const read = other.engine.eventStore.readHistories
    const begun = new Promise<void>((resolve) => {
      other.engine.eventStore.readHistories = (options) => {
        resolve()
        return read.call(other.engine.eventStore, options)
      }
    })
    const answer = other.get('/v1/reports/funnel')
    await begun
    await Promise.all([other.app.close(), answer])
    expect((await answer).json()).toMatchObject({ code: 'overloaded', detail: 'The server is stopping.' })
    await other.close()
  })
})
