import { PerennialError } from '@perennial/contracts'
import type { ApiOptions } from '@perennial/engine'
import type { Command } from 'commander'
import { globalOptions, withEngine } from '../context.ts'

export function upCommand(program: Command): void {
  addApiOptions(
    program
      .command('up')
      .description('run the services until Ctrl-C')
      .option('--only <names>', 'a comma-separated part of them, such as ingest,points,api'),
  ).action(async (_options: unknown, command: Command) => {
    const { only } = command.opts<{ only?: string }>()
    const running = withEngine({ ...globalOptions(command), api: apiOptions(command) }, async ({ engine, signal }) => {
      const names = engine.services.map(({ name }) => name)
      const chosen = only?.split(',').map((name) => name.trim())
      const unknown = chosen?.find((name) => !names.includes(name))
      if (unknown !== undefined)
        throw new PerennialError('usage', { where: '--only', message: `No service "${unknown}"; there are ${names.join(', ')}.` })
      signal.addEventListener('abort', endInTime, { once: true })
      await engine.run(signal, {
        ...(chosen && { only: chosen }),
        onStarted: () => console.error(`Running ${(chosen ?? names).join(', ')} on ${engine.place}. Ctrl-C stops.`),
      })
      console.error('Stopped.')
    })
    await running.finally(endSoon)
  })
}

/** Clients of servers lose track of connections that were cut: nobody shall run on because of those. */
function endSoon(): void {
  setTimeout(() => process.exit(), lingerMs).unref()
}

const lingerMs = 500

/** Whoever stops us waits that long at the most, and so do those who are to take over. */
const stopMs = 9_500

/** A server that does not answer must not hold up the end: whatever was begun is begun again by the next process. */
function endInTime(): void {
  const tooLong = () => {
    console.error('Stopped in the middle, since a server did not answer. Nothing is lost; what was begun is done again.')
    process.exit(1)
  }
  setTimeout(tooLong, stopMs).unref()
}

/** Options of the commands that serve. */
export function addApiOptions(command: Command): Command {
  return command
    .option('--host <address>', 'address of the API', '127.0.0.1')
    .option('--port <number>', 'port of the API, 0 for one that is free', '7070')
}

export function apiOptions(command: Command): ApiOptions {
  const { host, port } = command.opts<{ host: string; port: string }>()
  const number = Number(port)
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    throw new PerennialError('usage', { where: '--port', message: `Expected a number from 0 to 65535, got "${port}".` })
  }
  return { host, port: number, onListening: ({ url }) => console.error(`The API listens on ${url}; ${url}/docs shows it.`) }
}
