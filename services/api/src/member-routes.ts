import { PerennialError } from '@perennial/contracts'
import { formatInstant } from '@perennial/domain'
import type { Reader } from '@perennial/projector'
import type { FastifyInstance } from 'fastify'
import type { ApiDependencies } from './dependencies.ts'
import { asOfParameters, readQuery } from './query.ts'

type Member = { Params: { id: string } }

/** One member: every row at once, one row, or the whole story; now, or as it was at an instant. */
export function memberRoutes(app: FastifyInstance, { projectors, clock }: ApiDependencies, reader: Reader): void {
  const unknown = (id: string) => new PerennialError('member-unknown', { where: id })

  app.get<Member>('/v1/members/:id', async (request) => {
    const { id } = request.params
    const { asOf } = readQuery(request, asOfParameters)
    const rows = await Promise.all(projectors.map(async (projector) => [projector.name, (await reader.row(projector, id, asOf)) ?? null]))
    if (rows.every(([, row]) => row === null)) throw unknown(id)
    return { memberId: id, ...Object.fromEntries(rows) }
  })

  for (const projector of projectors) {
    app.get<Member>(`/v1/members/:id/${projector.name}`, async (request) => {
      const { id } = request.params
      const { asOf } = readQuery(request, asOfParameters)
      const row = await reader.row(projector, id, asOf)
      if (!row) throw unknown(id)
      return row
    })
  }

  app.get<Member>('/v1/members/:id/timeline', async (request) => {
    const { id } = request.params
    const { asOf = clock() } = readQuery(request, asOfParameters)
    const entries = await reader.timeline(id, asOf)
    if (entries.length === 0) throw unknown(id)
    return { memberId: id, asOf: formatInstant(asOf), entries }
  })
}
