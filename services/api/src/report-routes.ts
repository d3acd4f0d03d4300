import { type CohortPeriod, cohortPeriods, PerennialError } from '@perennial/contracts'
import { loadProgrammes, type Projector } from '@perennial/projector'
import {
  cohortReport,
  drawCohorts,
  drawFlows,
  drawFunnel,
  flowReport,
  flowSpans,
  funnelReport,
  refuseAhead,
  type Shop,
} from '@perennial/reports'
import { yieldTurn } from '@perennial/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { acceptsPicture } from './accepts-picture.ts'
import type { ApiDependencies } from './dependencies.ts'
import { createKeptReports } from './kept-reports.ts'
import { asOfParameters, readQuery } from './query.ts'

const by = z.enum(cohortPeriods, { error: `expected one of ${cohortPeriods.join(', ')}` })
const instant = asOfParameters.asOf

const cohortParameters = { by: by.default('month'), asOf: instant }
const flowParameters = {
  month: z.string().optional(),
  months: z
    .string()
    .regex(/^\d{1,4}$/, { error: 'expected a whole number' })
    .transform(Number)
    .optional(),
  from: instant,
  to: instant,
}
const funnelParameters = { asOf: instant }

const reportLimits = { waitingMax: 4, keptMax: 32 }
const minuteMs = 60_000

/** What is answered: the report as JSON, or drawn. */
interface Answer {
  json: object
  svg(): Promise<string>
}

interface Question {
  /** Everything that the answer depends on, but the log. */
  key: string
  make(shop: Shop): Promise<Answer>
}

/** Reports on the whole shop: as JSON, or as a picture for who accepts one. */
export function reportRoutes(app: FastifyInstance, { eventStore, projectors, clock }: ApiDependencies): void {
  const answers = createKeptReports<Answer>(reportLimits)
  const stopping = new AbortController()
  app.addHook('preClose', async () => stopping.abort())

  /** Without an instant, as of the minute: who asks again within it is answered with the same. */
  const thisMinute = () => Math.floor(clock() / minuteMs) * minuteMs

  async function answer(request: FastifyRequest, reply: FastifyReply, { key, make }: Question): Promise<unknown> {
    const upTo = await eventStore.head()
    const { json, svg } = await answers(`${key} ${upTo}`, () => make({ eventStore, upTo, betweenPages }))
    reply.header('vary', 'accept')
    if (!acceptsPicture(request.headers.accept)) return json
    return reply.type('image/svg+xml; charset=utf-8').send(await svg())
  }

  async function betweenPages(): Promise<void> {
    await yieldTurn()
    if (stopping.signal.aborted) throw new PerennialError('overloaded', { message: 'The server is stopping.' })
  }

  app.get('/v1/reports/cohorts', (request, reply) => {
    const { by, asOf = thisMinute() } = readQuery(request, cohortParameters)
    refuseAhead(asOf, clock(), 'asOf')
    return answer(request, reply, { key: `cohorts ${by} ${asOf}`, make: (shop) => cohortsAnswer(shop, by, asOf) })
  })

  app.get('/v1/reports/funnel', (request, reply) => {
    const { asOf = thisMinute() } = readQuery(request, funnelParameters)
    refuseAhead(asOf, clock(), 'asOf')
    return answer(request, reply, { key: `funnel ${asOf}`, make: (shop) => funnelAnswer(shop, asOf) })
  })

  app.get('/v1/reports/flows', async (request, reply) => {
    const asked = readQuery(request, flowParameters)
    refuseAhead(asked.to, clock(), 'to')
    const now = thisMinute()
    const { calendar } = (await loadProgrammes(eventStore)).judging(now)
    const spans = flowSpans(asked, now, calendar)
    if (!Array.isArray(spans)) {
      const { field, message } = spans
      throw new PerennialError('invalid-request', { message: `${field}: ${message}.`, faults: [{ field, message }] })
    }
    const { timeZone } = calendar
    const lifecycle = projectors.find(({ name }) => name === 'lifecycle') as Projector
    return answer(request, reply, {
      key: `flows ${timeZone} ${JSON.stringify(spans)}`,
      async make(shop) {
        const json = await flowReport({ ...shop, spans, timeZone, lifecycle })
        return { json, svg: once(() => drawFlows(json)) }
      },
    })
  })
}

async function cohortsAnswer(shop: Shop, by: CohortPeriod, asOf: number): Promise<Answer> {
  const json = await cohortReport({ ...shop, by, asOf })
  return { json, svg: once(() => drawCohorts(json)) }
}

async function funnelAnswer(shop: Shop, asOf: number): Promise<Answer> {
  const json = await funnelReport({ ...shop, asOf })
  return { json, svg: once(() => drawFunnel(json)) }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined
  return () => (done ??= work())
}
