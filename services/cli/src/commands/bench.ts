import { PerennialError } from '@perennial/contracts'
import type { Command } from 'commander'
import { globalOptions, wholeNumber } from '../context.ts'
import { readProgramme } from '../read-programme.ts'

/** Servers in between make everything slower: a run beside them is to take minutes, too. */
const sizes = { embedded: { events: 1_000_000, members: 50_000 }, beside: { events: 100_000, members: 10_000 } }

export function benchCommand(program: Command): void {
  program
    .command('bench')
    .description("measure this machine's limits and how close Perennial comes to them")
    .option('--events <number>', 'events (1000000; 100000 beside servers)')
    .option('--members <number>', 'members (50000; 10000 beside servers)')
    .option('--seed <number>', 'seed', '1')
    .option('--programme <file>', 'rules to measure with, in force from before the events on; the default programme without it')
    .option('--backend <spec>', 'embedded, or beside it BUS,EVENTSTORE/READSTORE such as kafka,stand-in/postgres', 'embedded')
    .option('--processes <1|2>', 'with --backend: processes of Perennial where all services run at once', '1')
    .option('--measures <names>', 'with --backend: a comma-separated part of the measures')
    .option('--profile <directory>', 'with --backend: where to write a CPU profile of every process')
    .option('--out <file>', 'where to save the figures as JSON', 'bench-result.json')
    .action(async (_options: unknown, command: Command) => {
      const options = command.opts<BenchFlags>()
      const { measureNames, parseBackend, runBeside, runBench } = await import('../../../../test/bench/bench.ts')
      const backend = parseBackend(options.backend)
      const { events, members } = backend ? sizes.beside : sizes.embedded
      const common = {
        events: options.events === undefined ? events : wholeNumber('--events', options.events),
        members: options.members === undefined ? members : wholeNumber('--members', options.members),
        seed: wholeNumber('--seed', options.seed),
        out: options.out,
        json: globalOptions(command).json === true,
      }
      if (backend) {
        await runBeside({ ...common, backend, ...besideFlags(options, measureNames) })
      } else {
        await runBench({ ...common, ...(options.programme !== undefined && { programme: readProgramme(options.programme).programme }) })
      }
    })
}

interface BenchFlags {
  events?: string
  members?: string
  seed: string
  programme?: string
  backend: string
  processes: string
  measures?: string
  profile?: string
  out: string
}

/** @throws PerennialError `usage` */
function besideFlags({ backend: spec, processes, measures, profile, programme }: BenchFlags, known: readonly string[]) {
  if (programme !== undefined) throw usage('--programme', 'It is measured without --backend.')
  if (processes !== '1' && processes !== '2') throw usage('--processes', `Expected 1 or 2, got "${processes}".`)
  const names = measures?.split(',').map((name) => name.trim())
  const unknown = names?.find((name) => !known.includes(name))
  if (unknown !== undefined) throw usage('--measures', `No measure "${unknown}"; there are ${known.join(', ')}.`)
  return {
    spec,
    processes: Number(processes) as 1 | 2,
    ...(names && { measures: names }),
    ...(profile !== undefined && { profiles: profile }),
  }
}

function usage(where: string, message: string): PerennialError {
  return new PerennialError('usage', { where, message })
}
