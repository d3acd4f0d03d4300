import type { AddressInfo } from 'node:net'
import { PerennialError } from '@perennial/contracts'
import { untilAborted } from '@perennial/runtime'
import type { FastifyInstance } from 'fastify'

export interface ServeOptions {
  host: string
  /** 0 for one that is free. */
  port: number
  /** Told once the server listens, with the port it really has. */
  onListening?(address: { host: string; port: number; url: string }): void
}

/** How long running requests may take to finish when the server stops: less than the 10 s after which many a supervisor kills. */
const stopMs = 8_000

/**
 * Serves until the signal aborts; what is on its way then is still answered.
 * @throws PerennialError `address-in-use`
 */
export async function serve(app: FastifyInstance, { host, port, onListening }: ServeOptions, signal: AbortSignal): Promise<void> {
  try {
    await listen(app, host, port)
    const { port: actual } = app.server.address() as AddressInfo
    onListening?.({ host, port: actual, url: `http://${urlHost(host)}:${actual}` })
    await untilAborted(signal)
  } finally {
    await stop(app)
  }
}

/** Says goodbye with the last answer while stopping: a client's idle connection would hold up the stop. Before any route. */
export function closeConnectionsOnStop(app: FastifyInstance): void {
  let stopping = false
  app.addHook('preClose', async () => {
    stopping = true
  })
  app.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('connection', 'close')
  })
}

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

async function stop(app: FastifyInstance): Promise<void> {
  const tooLong = setTimeout(() => app.server.closeAllConnections(), stopMs)
  try {
    await app.close()
  } finally {
    clearTimeout(tooLong)
  }
}
