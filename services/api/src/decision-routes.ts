import {
  type Decided,
  type DecisionRequests,
  decisionKeySchema,
  decisionRequests,
  type Fault,
  fieldName,
  PerennialError,
} from '@perennial/contracts'
import { createDecisions, type Decisions } from '@perennial/decisions'
import type { Command } from '@perennial/domain'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { ApiDependencies } from './dependencies.ts'
import { readQuery } from './query.ts'

type Parameters = Record<string, string>
type Requests = DecisionRequests

/** An address at which something is decided about the member `:id`, and the command that a request there stands for. */
interface Route<Name extends keyof Requests> {
  path: string
  request: Name
  command(body: Requests[Name], parameters: Parameters): Command
}

function route<Name extends keyof Requests>(path: string, request: Name, command: Route<Name>['command']) {
  return { path: `/v1/members/:id/${path}`, request, command } as unknown as Route<keyof Requests>
}

const named = (parameters: Parameters, name: string) => parameters[name] as string

const memberRoutes = [
  route('holds', 'hold', (body) => ({ command: 'hold', ...body })),
  route('holds/:hold/capture', 'capture', (body, path) => ({ command: 'capture', hold: named(path, 'hold'), ...body })),
  route('holds/:hold/release', 'release', (_body, path) => ({ command: 'release', hold: named(path, 'hold') })),
  route('redemptions', 'redeem', (body) => ({ command: 'redeem', ...body })),
  route('redemptions/:redemption/cancel', 'cancel', (body, path) => ({
    command: 'cancel',
    redemption: named(path, 'redemption'),
    ...body,
  })),
  route('adjustments', 'adjust', (body) => ({ command: 'adjust', ...body })),
  route('adjustments/:adjustment/approve', 'approve', (body, path) => ({
    command: 'approve',
    adjustment: named(path, 'adjustment'),
    ...body,
  })),
  route('adjustments/:adjustment/reject', 'reject', (body, path) => ({
    command: 'reject',
    adjustment: named(path, 'adjustment'),
    ...body,
  })),
  route('tier-grants', 'grantTier', (body) => ({ command: 'grant-tier', ...body })),
  route('transfers', 'transfer', (body) => ({ command: 'transfer', ...body })),
]

/**
 * Decisions: made while the caller waits, each under the key that its caller chose. 201 where it was made, 202 where it
 * waits for a second person, 200 where it had been made before under this key.
 */
export function decisionRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const decisions = createDecisions(dependencies)
  // Only here is plain JSON taken.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
      try {
        done(null, body === '' ? undefined : JSON.parse(body as string))
      } catch (error) {
        done(new PerennialError('invalid-json', { message: `${(error as SyntaxError).message}.`, cause: error }))
      }
    })

    for (const { path, request: name, command } of memberRoutes) {
      scope.post<{ Params: Parameters }>(path, async (request, reply) => {
        const { key, body } = readRequest(request, decisionRequests[name])
        return answer(reply, await decisions.decide(named(request.params, 'id'), key, command(body, request.params)))
      })
    }
    betweenMembers(scope, decisions)
    openRoutes(scope, decisions)
  })
}

function betweenMembers(scope: FastifyInstance, decisions: Decisions): void {
  scope.post('/v1/pools', async (request, reply) => {
    const { key, body } = readRequest(request, decisionRequests.pool)
    const pooled = await decisions.pool(key, body)
    return reply.code(pooled.repeated ? 200 : 201).send(pooled)
  })

  scope.post('/v1/merges', async (request, reply) => {
    const { key, body } = readRequest(request, decisionRequests.merge)
    const { from, ...merge } = body
    return answer(reply, await decisions.decide(from, key, { command: 'merge', ...merge }))
  })

  scope.post<{ Params: Parameters }>('/v1/merges/:merge/undo', async (request, reply) => {
    const { key, body } = readRequest(request, decisionRequests.undoMerge)
    const { from, ...undo } = body
    return answer(reply, await decisions.decide(from, key, { command: 'undo-merge', merge: named(request.params, 'merge'), ...undo }))
  })
}

/** What can still be decided on. Read from the stream, so that a till sees at once what another one has done. */
function openRoutes(scope: FastifyInstance, decisions: Decisions): void {
  const open = { holds: decisions.openHolds, redemptions: decisions.openRedemptions, adjustments: decisions.waitingAdjustments }
  for (const [path, read] of Object.entries(open)) {
    scope.get<{ Params: Parameters }>(`/v1/members/:id/${path}`, async (request) => {
      readQuery(request, {})
      return read(named(request.params, 'id'))
    })
  }
}

function answer(reply: FastifyReply, decided: Decided): FastifyReply {
  const waits = decided.decision.type === 'AdjustmentProposed'
  return reply.code(decided.repeated ? 200 : waits ? 202 : 201).send(decided)
}

/** @throws PerennialError `key-missing`, or `invalid-request` naming each field at fault */
function readRequest<Schema extends z.ZodType>(request: FastifyRequest, schema: Schema): { key: string; body: z.output<Schema> } {
  readQuery(request, {})
  const key = decisionKeySchema.safeParse(request.headers['idempotency-key'])
  if (!key.success) throw new PerennialError('key-missing')
  const body = schema.safeParse(request.body ?? {})
  if (body.success) return { key: key.data, body: body.data }
  const faults = body.error.issues.flatMap((issue): Fault[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((field) => ({ field, message: 'not a field here' }))
      : [{ field: fieldName(issue.path), message: issue.message }],
  )
  const message = faults.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ')
  throw new PerennialError('invalid-request', { message: `${message}.`, faults })
}
