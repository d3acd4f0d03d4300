import type { Command } from 'commander'
import { globalOptions, wholeNumber } from '../context.ts'
import { readProgramme } from '../read-programme.ts'

export function benchCommand(program: Command): void {
  program
    .command('bench')
    .description("measure this machine's limits and how close Perennial comes to them")
    .option('--events <number>', 'events', '1000000')
    .option('--members <number>', 'members', '50000')
    .option('--seed <number>', 'seed', '1')
    .option('--programme <file>', 'rules to measure with, in force from before the events on; the default programme without it')
    .option('--out <file>', 'where to save the figures as JSON', 'bench-result.json')
    .action(async (_options: unknown, command: Command) => {
      const { runBench } = await import('../../../../test/bench/bench.ts')
      const { events, members, seed, programme, out } = command.opts<
        Record<'events' | 'members' | 'seed' | 'out', string> & { programme?: string }
      >()
      await runBench({
        events: wholeNumber('--events', events),
        members: wholeNumber('--members', members),
        seed: wholeNumber('--seed', seed),
        ...(programme !== undefined && { programme: readProgramme(programme).programme }),
        out,
        json: globalOptions(command).json === true,
      })
    })
}
