import type { Command } from 'commander'
import { globalOptions, withEngine } from '../context.ts'
import { answer } from '../output/print.ts'
import { describeOutcome, failIfRefused, publishAndDrain } from '../publish-events.ts'
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
        answer(json, outcome, () => describeOutcome(outcome))
        failIfRefused(outcome)
      })
    })
}
