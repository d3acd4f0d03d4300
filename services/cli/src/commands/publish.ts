import type { Command } from 'commander'
import { globalOptions, withEngine } from '../context.ts'
import { answer } from '../output/print.ts'
import { count } from '../output/table.ts'
import { publishAndDrain } from '../publish-events.ts'
import { readMessages } from '../read-messages.ts'

export function publishCommand(program: Command): void {
  program
    .command('publish')
    .description('publish CloudEvents from a file, one per line (.gz too), and bring them to the read models')
    .argument('<file>', 'NDJSON file, or - for standard input')
    .action(async (file: string, _options: unknown, command: Command) => {
      await withEngine(globalOptions(command), async ({ engine, json, signal }) => {
        const { messages, total } = await readMessages(file)
        const outcome = await publishAndDrain(engine, messages, total, signal)
        answer(json, outcome, () =>
          [
            `${count(outcome.published)} events published in ${outcome.seconds.toFixed(1)} s: ${count(outcome.appended)} new, ` +
              `${count(outcome.published - outcome.appended - outcome.refused)} known already, ${count(outcome.refused)} refused.`,
            ...(outcome.refused > 0 ? ['See perennial dead-letters list for what was refused, and why.'] : []),
          ].join('\n'),
        )
      })
    })
}
