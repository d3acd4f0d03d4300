import type { Command } from 'commander'
import { globalOptions, wholeNumber } from '../context.ts'

export function benchCommand(program: Command): void {
  program
    .command('bench')
    .description("measure this machine's limits and how close Perennial comes to them")
    .option('--events <number>', 'events', '1000000')
    .option('--members <number>', 'members', '50000')
    .option('--seed <number>', 'seed', '1')
    .option('--out <file>', 'where to save the figures as JSON', 'bench-result.json')
    .action(async (_options: unknown, command: Command) => {
      const { runBench } = await import('../../../../test/bench/bench.ts')
      const { events, members, seed, out } = command.opts<{ events: string; members: string; seed: string; out: string }>()
      await runBench({
        events: wholeNumber('--events', events),
        members: wholeNumber('--members', members),
        seed: wholeNumber('--seed', seed),
        out,
        json: globalOptions(command).json === true,
      })
    })
}
