import { describeError, type EventsRefused, PerennialError, type Problem, problemOf } from '@perennial/contracts'
import type { FastifyReply } from 'fastify'

/** Errors of the web framework that have a code of their own in the catalogue. */
const frameworkCodes = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_MAX_PARAM_LENGTH: 'too-large',
} as const

/** What a client is told of an error. Of a bug it is told nothing but that there is one. */
export function toProblem(error: unknown): Problem {
  if (error instanceof PerennialError) {
    const { code, message, where, faults } = error
    const said = message.slice(describeError(code).sentence.length).trim()
    return problemOf(code, { detail: said || where, faults })
  }
  const { code = '', statusCode = 500, message } = error as { code?: string; statusCode?: number; message?: string }
  if (code in frameworkCodes) return problemOf(frameworkCodes[code as keyof typeof frameworkCodes])
  return statusCode >= 400 && statusCode < 500 ? problemOf('invalid-request', { detail: message }) : problemOf('internal')
}

export function sendProblem(reply: FastifyReply, problem: Problem | EventsRefused): FastifyReply {
  if (problem.code === 'overloaded' || problem.code === 'member-busy') reply.header('retry-after', '1')
  return reply.code(problem.status).type('application/problem+json').send(problem)
}
