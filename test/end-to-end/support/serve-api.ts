import { createApi } from '@perennial/api'
import { openEngine } from '@perennial/engine'
import { createLogger, fixedClock } from '@perennial/runtime'

/**
 * The API alone, in a process of its own, beside others on the same data: `serve-api.ts DIRECTORY INSTANT`. On one machine
 * the command line starts one at a time; tests start several, as there may be where the log is a server of its own.
 */
const [dataDirectory = '', now = ''] = process.argv.slice(2)
const engine = openEngine({ dataDirectory, clock: fixedClock(Date.parse(now)), logger: createLogger('error') })
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())
await createApi(engine, { port: 0, onListening: ({ url }) => console.error(`Listens on ${url};`) }).run(stop.signal)
await engine.close()
