import type { Reader } from '@perennial/projector'
import type { FastifyInstance } from 'fastify'
import { readCursor, toCursor } from './cursor.ts'
import type { ApiDependencies } from './dependencies.ts'
import { pageParameters, readQuery } from './query.ts'
import { rowFilters } from './row-filters.ts'

/** Each read model page by page, as marketing tools fetch segments: all members, or those that match. */
export function projectionRoutes(app: FastifyInstance, { projectors }: ApiDependencies, reader: Reader): void {
  for (const projector of projectors) {
    const filters = rowFilters(projector)
    app.get(`/v1/${projector.name}`, async (request) => {
      const { cursor, limit, ...asked } = readQuery(request, { ...filters.parameters, ...pageParameters })
      const after = cursor === undefined ? '' : readCursor('member', cursor)
      const { rows, next } = await reader.page(projector, { ...filters.toRequest(asked), after, limit })
      return { rows, ...(next !== undefined && { next: toCursor('member', next) }) }
    })
  }
}
