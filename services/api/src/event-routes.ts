import {
  checkCloudEvent,
  type EventsRefused,
  type Fault,
  PerennialError,
  problemOf,
  publishTopic,
  type Refusal,
  type RefusedEvent,
  readCloudEvent,
} from '@perennial/contracts'
import { deadLetterId, type NewDeadLetter } from '@perennial/dead-letters'
import type { NewMessage } from '@perennial/message-bus'
import type { FastifyInstance } from 'fastify'
import type { ApiDependencies, ApiLimits } from './dependencies.ts'
import { createGroupedPublisher } from './grouped-publisher.ts'
import { sendProblem } from './problem.ts'
import { splitJsonArray } from './split-json-array.ts'

export const eventType = 'application/cloudevents+json'
export const batchType = 'application/cloudevents-batch+json'

const origin = 'http'
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** What became of a request's events: those to publish, and those to keep as dead letters. */
interface Sorted {
  good: NewMessage[]
  bad: { index: number; bytes: Uint8Array; refusal: Refusal }[]
}

/**
 * The front door. Every event is checked here with the same rules as in ingest, so that a sender hears at once what is
 * wrong; the good ones go on the bus as they were sent, and the answer waits until they are safe there.
 */
export function eventRoutes(app: FastifyInstance, dependencies: ApiDependencies, limits: ApiLimits): void {
  const { bus, deadLetters, clock, metrics, logger } = dependencies
  const publish = createGroupedPublisher(bus, publishTopic(dependencies.intake), limits.waitingMax)

  app.addContentTypeParser([eventType, batchType], { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  async function keep({ bad }: Sorted): Promise<RefusedEvent[]> {
    const refusedAt = clock()
    const letters = bad.map(({ bytes, refusal }): NewDeadLetter => {
      const { code, message, faults, subject } = refusal
      return { bytes, code, message, faults, origin, key: subject ?? null, refusedAt }
    })
    await deadLetters.keep(letters)
    return bad.map(({ index, bytes, refusal: { code, message, faults, id } }) => {
      metrics.refused.inc({ code })
      logger.warn({ code, origin, faults }, 'event refused')
      return { index, id: id ?? null, code, message, faults, deadLetter: deadLetterId(bytes) }
    })
  }

  app.post('/v1/events', async (request, reply) => {
    const contentType = request.headers['content-type'] ?? ''
    const isBatch = contentType.toLowerCase().startsWith(batchType)
    // A request without a body meets no parser, whatever its content type.
    if (!isBatch && !contentType.toLowerCase().startsWith(eventType)) throw new PerennialError('unsupported-media-type')
    const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0)
    const sorted = isBatch ? sortBatch(body, clock(), limits.batchMax) : sortOne(body, clock())

    await publish(sorted.good)
    const accepted = sorted.good.length
    if (sorted.bad.length === 0) return reply.code(202).send({ accepted })
    const refused = await keep(sorted)
    const [first] = refused as [RefusedEvent]
    const problem = isBatch
      ? problemOf('events-refused', { detail: `${refused.length} refused, ${accepted} accepted.` })
      : problemOf(first.code, { detail: describe(first.faults), faults: first.faults })
    return sendProblem(reply, { ...problem, accepted, refused } satisfies EventsRefused)
  })
}

function describe(faults: readonly Fault[]): string {
  return faults.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ')
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function refused(code: 'invalid-json' | 'invalid-request', message: string): Refusal {
  const { title } = problemOf(code)
  return { code, message: title, faults: [{ field: '', message }], source: undefined, id: undefined, subject: undefined }
}

function toMessage(key: string, value: string): NewMessage {
  return { key, value, headers: { origin } }
}

function sortOne(bytes: Buffer, now: number): Sorted {
  const text = decode(bytes)
  const result = text === undefined ? { refused: refused('invalid-json', 'expected UTF-8') } : readCloudEvent(text, now)
  return result.refused
    ? { good: [], bad: [{ index: 0, bytes, refusal: result.refused }] }
    : { good: [toMessage(result.accepted.memberId, text as string)], bad: [] }
}

/** @throws PerennialError `too-large` for more than `batchMax` events: none of them is taken */
function sortBatch(bytes: Buffer, now: number, batchMax: number): Sorted {
  const whole = (refusal: Refusal): Sorted => ({ good: [], bad: [{ index: 0, bytes, refusal }] })
  const text = decode(bytes)
  if (text === undefined) return whole(refused('invalid-json', 'expected UTF-8'))
  let events: unknown
  try {
    events = JSON.parse(text)
  } catch (error) {
    return whole(refused('invalid-json', (error as SyntaxError).message))
  }
  if (!Array.isArray(events)) return whole(refused('invalid-request', 'expected an array of CloudEvents'))
  if (events.length > batchMax) {
    throw new PerennialError('too-large', { message: `${events.length} events in one batch; at most ${batchMax} are taken.` })
  }
  const sorted: Sorted = { good: [], bad: [] }
  splitJsonArray(text).forEach((element, index) => {
    const result = checkCloudEvent(events[index], now)
    if (result.accepted) sorted.good.push(toMessage(result.accepted.memberId, element))
    else sorted.bad.push({ index, bytes: new TextEncoder().encode(element), refusal: result.refused })
  })
  return sorted
}
