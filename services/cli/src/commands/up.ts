import { PerennialError } from '@perennial/contracts'
import type { Command } from 'commander'
import { globalOptions, withEngine } from '../context.ts'

export function upCommand(program: Command): void {
  program
    .command('up')
    .description('run the services until Ctrl-C')
    .option('--only <names>', 'a comma-separated part of them, such as ingest,points,api')
    .option('--host <address>', 'address of the API', '127.0.0.1')
    .option('--port <number>', 'port of the API', '7070')
    .action(async (_options: unknown, command: Command) => {
      const options = globalOptions(command)
      const { only } = command.opts<{ only?: string }>()
      await withEngine(options, async ({ engine, signal }) => {
        const names = engine.services.map(({ name }) => name)
        const chosen = only?.split(',').map((name) => name.trim())
        const unknown = chosen?.find((name) => !names.includes(name))
        if (unknown !== undefined)
          throw new PerennialError('usage', { where: '--only', message: `No service "${unknown}"; there are ${names.join(', ')}.` })
        console.error(`Running ${(chosen ?? names).join(', ')} on ${engine.dataDirectory}. Ctrl-C stops.`)
        await engine.run(signal, chosen)
        console.error('Stopped.')
      })
    })
}
