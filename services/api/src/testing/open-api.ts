import { type Engine, openEngine } from '@perennial/engine'
import { createLogger } from '@perennial/runtime'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { buildApi } from '../build-api.ts'
import type { ApiLimits } from '../dependencies.ts'
import { purchaseExample } from '../openapi/examples.ts'

export interface TestApi {
  engine: Engine
  app: FastifyInstance
  get(url: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>
  /** Posts one event, or a batch where it is an array; text and bytes go as they are. */
  post(body: unknown, contentType?: string): Promise<LightMyRequestResponse>
  /** Decides something under a key. */
  decide(url: string, key: string, body?: object): Promise<LightMyRequestResponse>
  setClock(instant: string): void
  close(): Promise<void>
}

/** The API on a real engine in memory, at noon of 26 November 2025 until told otherwise. */
export function openTestApi(limits: Partial<ApiLimits> = {}): TestApi {
  let now = Date.parse('2025-11-26T12:00:00Z')
  const engine = openEngine({ dataDirectory: ':memory:', clock: () => now, logger: createLogger('silent') })
  const app = buildApi(engine, limits)
  return {
    engine,
    app,
    get: (url, headers = {}) => app.inject({ method: 'GET', url, headers }),
    post(body, contentType = Array.isArray(body) ? 'application/cloudevents-batch+json' : 'application/cloudevents+json') {
      const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
      return app.inject({ method: 'POST', url: '/v1/events', headers: { 'content-type': contentType }, payload })
    },
    decide: (url, key, body) => app.inject({ method: 'POST', url, headers: { 'idempotency-key': key }, ...(body && { payload: body }) }),
    setClock(instant) {
      now = Date.parse(instant)
    },
    async close() {
      await app.close()
      await engine.close()
    },
  }
}

/** A purchase by a member, a new order each time. */
export function purchase(subject: string, overrides: { id?: string; time?: string; amount?: string } = {}): typeof purchaseExample {
  const { id = `order-of-${subject}`, time = '2025-11-21T10:15:00Z', amount = '18.50' } = overrides
  const lines = [{ lineId: '1', sku: 'tea', category: 'tea', quantity: 1, amount }]
  return { ...purchaseExample, id, subject, time, data: { ...purchaseExample.data, orderId: id, lines } }
}
