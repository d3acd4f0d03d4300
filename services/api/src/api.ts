import type { AddressInfo } from 'node:net'
import { PerennialError } from '@perennial/contracts'
import type { Service } from '@perennial/runtime'
import type { FastifyInstance } from 'fastify'
import { buildApi } from './build-api.ts'
import type { ApiDependencies, ApiLimits } from './dependencies.ts'

export interface ApiOptions extends Partial<ApiLimits> {
  /** 127.0.0.1 without it: the API has no users of its own, so it is opened to others on purpose only. */
  host?: string
  /** 7070 without it; 0 for one that is free. */
  port?: number
  /** Told once the server listens, with the port it really has. */
  onListening?(address: { host: string; port: number; url: string }): void
}

/** How long running requests may take to finish when the server stops. */
const stopMs = 10_000

/** Serves the API until it is told to stop. Nothing is left to do for `drain`: what was answered is on the bus. */
export function createApi(dependencies: ApiDependencies, options: ApiOptions = {}): Service {
  const { host = '127.0.0.1', port = 7070, onListening, ...limits } = options
  return {
    name: 'api',
    async drain() {},
    async run(signal) {
      const app = buildApi(dependencies, limits)
      try {
        await listen(app, host, port)
        const { port: actual } = app.server.address() as AddressInfo
        onListening?.({ host, port: actual, url: `http://${urlHost(host)}:${actual}` })
        await aborted(signal)
      } finally {
        await stop(app)
      }
    },
  }
}

/** @throws PerennialError `address-in-use` */
async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    if ((error as { code?: string }).code !== 'EADDRINUSE') throw error
    throw new PerennialError('address-in-use', { where: `${host}:${port}`, cause: error })
  }
}

/** An address that stands for all addresses is no place to send a browser to. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function stop(app: FastifyInstance): Promise<void> {
  const tooLong = setTimeout(() => app.server.closeAllConnections(), stopMs)
  try {
    await app.close()
  } finally {
    clearTimeout(tooLong)
  }
}
