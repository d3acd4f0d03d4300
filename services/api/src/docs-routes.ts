import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import type { ApiDependencies } from './dependencies.ts'
import { openApiDocument } from './openapi/document.ts'

/** The document of this API, and a page to try it. Everything comes from here: the page works without the internet. */
export function docsRoutes(app: FastifyInstance, { projectors }: ApiDependencies): void {
  const document = openApiDocument(projectors)
  app.get('/openapi.json', async () => document)
  app.register(swagger, { mode: 'static', specification: { document: document as never } })
  app.register(swaggerUi, { routePrefix: '/docs', uiConfig: { docExpansion: 'list', validatorUrl: null, tryItOutEnabled: true } })
}
