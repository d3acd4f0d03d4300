import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { problemSchema } from '@perennial/contracts'
import { projectors } from '@perennial/projectors'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { LightMyRequestResponse } from 'fastify'
import { openTestApi, purchase, type TestApi } from '../testing/open-api.ts'
import { type Operation, openApiDocument } from './document.ts'
import { eventExamples, exampleMember } from './examples.ts'

interface Content {
  schema: object
  example?: unknown
  examples?: Record<string, { value: unknown }>
}
type Answers = Record<string, { content: Record<string, Content> }>

const document = openApiDocument(projectors)

/** As the document, with every object closed: what is answered but not documented is a fault here. */
const closed = JSON.parse(JSON.stringify(document), (_key, value) =>
  value?.type === 'object' && value.properties && value.additionalProperties === undefined
    ? { ...value, additionalProperties: false }
    : value,
)
const ajv = new Ajv2020({ strict: false, allErrors: true })
;(addFormats as unknown as (ajv: Ajv2020) => void)(ajv)
ajv.addSchema({ $id: 'urn:test:document', ...closed })

function faultsOf(pointer: string, value: unknown): unknown {
  const validate = ajv.compile({ $ref: `urn:test:document#${pointer}` })
  return validate(value) ? [] : validate.errors
}

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation, name: `${method.toUpperCase()} ${path}` })),
)
const isDecision = ({ operation }: { operation: Operation }) => (operation.tags as string[]).includes('Decisions')
const pointerTo = (...parts: string[]) =>
  parts.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator()
  const result = await validator.validate(JSON.parse(JSON.stringify(document)))
  expect(result).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
})

test('the document in schemas/ is the one that is served', async () => {
  const api = openTestApi()
  const served = (await api.get('/openapi.json')).json()
  expect(served).toEqual(JSON.parse(readFileSync(new URL('../../../../schemas/openapi.json', import.meta.url), 'utf8')))
  await api.close()
})

test('every example is what its schema says', () => {
  let examples = 0
  for (const { path, method, operation } of operations) {
    const contents: [string[], Record<string, Content>][] = Object.entries(operation.responses as Answers).map(([status, { content }]) => [
      ['responses', status, 'content'],
      content,
    ])
    const body = operation.requestBody as { content: Record<string, Content> } | undefined
    if (body) contents.push([['requestBody', 'content'], body.content])
    for (const [where, content] of contents) {
      for (const [type, { example, examples: named = {} }] of Object.entries(content)) {
        const values = [...(example === undefined ? [] : [example]), ...Object.values(named).map(({ value }) => value)]
        for (const value of values) {
          examples++
          const faults = faultsOf(pointerTo('paths', path, method, ...where, type, 'schema'), value)
          expect({ path, where, value, faults }).toEqual({ path, where, value, faults: [] })
        }
      }
    }
  }
  expect(examples).toBeGreaterThan(50)
})

describe('the API does what its document says', () => {
  let api: TestApi

  beforeAll(async () => {
    api = openTestApi()
    await api.app.ready()
    await api.post(Object.values(eventExamples))
    await api.engine.drain()
  })
  afterAll(() => api.close())

  /** The answer's status and content type are documented, and its JSON is what the schema says. */
  function expectDocumented(path: string, method: string, answer: LightMyRequestResponse): void {
    const type = String(answer.headers['content-type']).split(';')[0] as string
    const answers = operations.find((one) => one.path === path && one.method === method)?.operation.responses as Answers
    expect(Object.keys(answers)).toContain(String(answer.statusCode))
    expect(Object.keys(answers[answer.statusCode]?.content ?? {})).toContain(type)
    if (!type.endsWith('json')) return
    const schema = pointerTo('paths', path, method, 'responses', String(answer.statusCode), 'content', type, 'schema')
    expect(faultsOf(schema, answer.json())).toEqual([])
    if (type === 'application/problem+json') expect(() => problemSchema.parse(answer.json())).not.toThrow()
  }

  function request(
    path: string,
    method: string,
    query = '',
    contentType?: string,
    payload?: string,
    headers: Record<string, string> = {},
  ): Promise<LightMyRequestResponse> {
    return api.app.inject({
      method: method.toUpperCase() as 'GET' | 'POST',
      url: path.replace('{id}', exampleMember) + query,
      headers: { ...headers, ...(contentType && { 'content-type': contentType }) },
      ...(contentType && { payload: payload as string }),
    })
  }

  /** The example of a decision's document, asked for under a key. */
  function requestDecision(path: string, key: string, { operation, query = '' }: { operation: Operation; query?: string }) {
    const { content } = operation.requestBody as { content: Record<string, Content> }
    const body = JSON.stringify(content['application/json']?.example)
    return request(path, 'post', query, 'application/json', body, { 'idempotency-key': key })
  }

  test.each(operations.filter((one) => !isDecision(one)))('$name answers', async ({ path, method, operation }) => {
    const body = operation.requestBody as { content: Record<string, Content> } | undefined
    if (!body) {
      const answer = await request(path, method)
      expect(answer.statusCode).toBe(200)
      expectDocumented(path, method, answer)
      return
    }
    for (const [type, { examples = {} }] of Object.entries(body.content)) {
      for (const { value } of Object.values(examples)) {
        const answer = await request(path, method, '', type, JSON.stringify(value))
        expect(answer.statusCode).toBe(202)
        expectDocumented(path, method, answer)
      }
    }
  })

  test.each(operations.filter(({ path }) => path.startsWith('/v1/') && path !== '/v1/events'))(
    '$name refuses what is not in the document, in the way the document says',
    async ({ path, method, operation }) => {
      const ask = (path: string, query?: string) =>
        method === 'post' ? requestDecision(path, 'unknown', { operation, ...(query && { query }) }) : request(path, method, query)
      const misspelt = await ask(path, '?mispelt=1')
      expect(misspelt.statusCode).toBe(400)
      expectDocumented(path, method, misspelt)
      if (!path.includes('{id}')) return
      const unknown = await ask(path.replace('{id}', 'nobody'))
      expect(unknown.statusCode).toBe(404)
      expectDocumented(path, method, unknown)
    },
  )

  test('every decision is made with the example of the document, and made once', async () => {
    const byId = new Map(operations.filter(isDecision).map((one) => [one.operation.operationId, one]))
    await api.post([purchase('m-2077', { amount: '900.00' }), purchase('m-2078', { id: 'nothing', amount: '0.10' })])
    await api.engine.drain()
    // The points of the examples are there, and the ids in the paths are those that came before.
    const story: [operation: string, ids?: Record<string, string>][] = [
      ['adjustPoints'],
      ['holdPoints'],
      ['listHolds'],
      ['captureHold', { hold: 'decided/holdPoints' }],
      ['cancelRedemption', { redemption: 'decided/holdPoints' }],
      ['listRedemptions'],
      ['listAdjustments'],
      ['approveAdjustment', { adjustment: 'proposed' }],
      ['rejectAdjustment', { adjustment: 'proposed-too' }],
      ['redeemPoints'],
      ['releaseHold', { hold: 'another' }],
      ['grantTier'],
      ['transferPoints'],
      ['poolPoints'],
      ['mergeMembers'],
      ['undoMerge', { merge: 'decided/mergeMembers' }],
    ]
    expect([...byId.keys()].sort()).toEqual(story.map(([operation]) => operation).sort())
    const post = (path: string, key: string, body: object) =>
      request(`/v1/members/{id}/${path}`, 'post', '', 'application/json', JSON.stringify(body), { 'idempotency-key': key })
    for (const key of ['proposed', 'proposed-too']) {
      const answer = await post('adjustments', key, { points: 1_500, reason: 'lost-parcel', by: 'staff-12' })
      expect(answer.statusCode).toBe(202)
      expectDocumented('/v1/members/{id}/adjustments', 'post', answer)
    }

    for (const [operationId, ids = {}] of story) {
      const { path, method, operation } = byId.get(operationId) as (typeof operations)[number]
      if (operationId === 'releaseHold') expect((await post('holds', 'another', { points: 1 })).statusCode).toBe(201)
      const at = path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (ids[name] ? encodeURIComponent(ids[name]) : whole))
      if (method === 'get') {
        const answer = await request(at, method)
        expect([operationId, answer.statusCode, answer.json().rows.length]).toEqual([operationId, 200, expect.any(Number)])
        expect(answer.json().rows).not.toEqual([])
        expectDocumented(path, method, answer)
        continue
      }
      for (const status of [201, 200]) {
        const answer = await requestDecision(at, `decided/${operationId}`, { operation })
        expect([operationId, answer.statusCode, answer.body]).toEqual([operationId, status, expect.any(String)])
        expectDocumented(path, method, answer)
      }
    }
  })

  test('every parameter of the document is taken', async () => {
    const values: Record<string, string> = { asOf: '2025-11-26T00:00:00Z', limit: '5', cursor: '', tier: 'gold' }
    let taken = 0
    for (const { path, method, operation } of operations) {
      for (const listed of (operation.parameters ?? []) as {
        $ref?: string
        name: string
        in: string
        schema: Record<string, unknown>
        example?: unknown
      }[]) {
        const { parameters } = document.components as { parameters: Record<string, typeof listed> }
        const parameter = listed.$ref ? (parameters[listed.$ref.split('/').at(-1) as string] as typeof listed) : listed
        if (parameter.in !== 'query' || parameter.name === 'cursor') continue
        const value = String(parameter.example ?? values[parameter.name] ?? (parameter.schema.enum as string[] | undefined)?.[0] ?? '0.5')
        const answer = await request(path, method, `?${parameter.name}=${encodeURIComponent(value)}`)
        expect([parameter.name, answer.statusCode]).toEqual([parameter.name, 200])
        expectDocumented(path, method, answer)
        taken++
      }
    }
    expect(taken).toBeGreaterThan(20)
  })

  test.each([
    ['application/cloudevents+json', '{"specversion":"1.0"}', 400],
    ['application/cloudevents+json', 'no', 400],
    ['application/cloudevents-batch+json', '[{}, 1, null, "x"]', 400],
    ['application/cloudevents-batch+json', '{}', 400],
    ['application/json', '{}', 415],
    ['application/cloudevents+json', `"${'x'.repeat(1_100_000)}"`, 413],
  ])('a post of %s that cannot be taken is answered as documented: %#', async (type, payload, status) => {
    const answer = await request('/v1/events', 'post', '', type, payload)
    expect(answer.statusCode).toBe(status)
    expectDocumented('/v1/events', 'post', answer)
  })

  test('every route is in the document, and every path of the document is a route', () => {
    const documented = Object.keys(document.paths).map((path) => path.replaceAll(/\{(\w+)\}/g, ':$1'))
    // What the documentation page loads is its own affair.
    const served = routesOf(api.app.printRoutes({ commonPrefix: false })).filter((path) => !path.startsWith('/docs/'))
    expect(served.sort()).toEqual(documented.sort())
  })
})

/** Full paths from the tree that Fastify prints. */
function routesOf(tree: string): string[] {
  const parents: string[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent, part] = /^((?:[│ ] {3})*)[├└]── (\S+)/.exec(line) ?? []
    if (indent === undefined || part === undefined) return []
    const depth = indent.length / 4
    const path = (depth === 0 ? '' : parents[depth - 1]) + part
    parents[depth] = path
    return [path]
  })
}
