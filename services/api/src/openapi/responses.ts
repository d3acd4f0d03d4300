import { type ErrorCode, problemOf } from '@perennial/contracts'

/** The small words that the paths are written in. */

export type Responses = Record<string, unknown>

export function schemaRef(id: string): { $ref: string } {
  return { $ref: `#/components/schemas/${id}` }
}

export function jsonContent(schemaId: string, example?: unknown) {
  return { 'application/json': { schema: schemaRef(schemaId), ...(example !== undefined && { example }) } }
}

/** One response per status, with an example per code. */
export function problems(...codes: ErrorCode[]): Responses {
  const byStatus = Map.groupBy(codes, (code) => problemOf(code).status)
  const responses: Responses = {}
  for (const [status, ofStatus] of byStatus) {
    const examples = Object.fromEntries(ofStatus.map((code) => [code, { value: problemOf(code) }]))
    responses[status] = {
      description: ofStatus.map((code) => problemOf(code).title).join(' '),
      content: { 'application/problem+json': { schema: schemaRef('Problem'), examples } },
    }
  }
  return responses
}

export function queryParameter(name: string, schema: unknown, description: string, example?: unknown) {
  return { name, in: 'query', required: false, description, schema, ...(example !== undefined && { example }) }
}

export function parameterRef(name: string): { $ref: string } {
  return { $ref: `#/components/parameters/${name}` }
}
