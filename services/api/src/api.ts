import { type ServeOptions, serve } from '@perennial/operations'
import type { Service } from '@perennial/runtime'
import { buildApi } from './build-api.ts'
import type { ApiDependencies, ApiLimits } from './dependencies.ts'

export interface ApiOptions extends Partial<ApiLimits> {
  /** 127.0.0.1 without it: the API has no users of its own, so it is opened to others on purpose only. */
  host?: string
  /** 7070 without it; 0 for one that is free. */
  port?: number
  /** Told once the server listens, with the port it really has. */
  onListening?: ServeOptions['onListening']
}

/** Serves the API until it is told to stop. Nothing is left to do for `drain`: what was answered is on the bus. */
export function createApi(dependencies: ApiDependencies, options: ApiOptions = {}): Service {
  const { host = '127.0.0.1', port = 7070, onListening, ...limits } = options
  return {
    name: 'api',
    async drain() {},
    run: (signal) => serve(buildApi(dependencies, limits), { host, port, ...(onListening && { onListening }) }, signal),
  }
}
