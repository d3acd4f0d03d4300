import { PerennialError } from '@perennial/contracts'
import { Command, CommanderError } from 'commander'
import { benchCommand } from './commands/bench.ts'
import { churnCommand } from './commands/churn.ts'
import { cohortsCommand } from './commands/cohorts.ts'
import { configCommand } from './commands/config.ts'
import { deadLettersCommand } from './commands/dead-letters.ts'
import { demoCommand } from './commands/demo.ts'
import { evaluateCommand } from './commands/evaluate.ts'
import { explainCommand } from './commands/explain.ts'
import { exportCommand } from './commands/export.ts'
import { fitCommand } from './commands/fit.ts'
import { flowsCommand } from './commands/flows.ts'
import { funnelCommand } from './commands/funnel.ts'
import { importCommand } from './commands/import.ts'
import { memberCommand } from './commands/member.ts'
import { mergeCommands } from './commands/merge.ts'
import { parkedCommand } from './commands/parked.ts'
import { pointsCommand } from './commands/points.ts'
import { programmeCommand } from './commands/programme.ts'
import { publishCommand } from './commands/publish.ts'
import { rebuildCommand } from './commands/rebuild.ts'
import { statusCommand } from './commands/status.ts'
import { tierCommand } from './commands/tier.ts'
import { upCommand } from './commands/up.ts'
import { verifyCommand } from './commands/verify.ts'
import { reportError } from './output/report-error.ts'

const examples = `
First steps:
  npx perennial demo                          make a shop, see its loyalty programme at work
  npx perennial publish events.ndjson         publish your own events (CloudEvents, one per line)
  npx perennial member ID                     why is this member where it is?
  npx perennial explain ID                    every points movement, with what made it or took it
  npx perennial points --help                 hold, redeem, adjust and move points
  npx perennial evaluate --help               try rules on a file of events; nothing is kept
  npx perennial export tier --format csv      hand a read model to another tool
  npx perennial fit                           learn who comes back and what members are worth
  npx perennial up                            run everything until Ctrl-C, with the API on port 7070
  npx perennial config                        what is configured, and where each value comes from

Data lives in ./.perennial; use --data DIR for another place.`

function createProgram(json: boolean): Command {
  const program = new Command('perennial')
    .description(
      'Perennial: an event-sourced loyalty engine. Events of a shop in; tier, points, lifecycle stage, churn risk and value out.',
    )
    .option('--config <file>', 'configuration file; ./perennial.yaml where it is there')
    .option('--data <dir>', 'data directory; ./.perennial where nothing else is configured')
    .option('--now <instant>', "fix the engine's clock, e.g. 2011-12-10 or 2025-06-30T12:00:00Z")
    .option('--json', 'answer in JSON, for programs')
    .addHelpText('after', examples)
    .showHelpAfterError(json ? false : 'See perennial --help.')
    .configureOutput({
      outputError: (text, write) => (json ? reportError(usageError(text), true) : write(text)),
    })
    .exitOverride()
  const commands = [
    demoCommand,
    upCommand,
    publishCommand,
    importCommand,
    memberCommand,
    explainCommand,
    exportCommand,
    pointsCommand,
    tierCommand,
    mergeCommands,
    statusCommand,
    verifyCommand,
    rebuildCommand,
    fitCommand,
    churnCommand,
    cohortsCommand,
    flowsCommand,
    funnelCommand,
    programmeCommand,
    evaluateCommand,
    deadLettersCommand,
    parkedCommand,
    configCommand,
    benchCommand,
  ]
  for (const add of commands) add(program)
  return program
}

function usageError(text: string): PerennialError {
  return new PerennialError('usage', { message: text.trim().replace(/^error: /, '') })
}

/** Runs the command line. The exit status is 0 only on success. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : reportError(error, false))
  })
  const json = argv.includes('--json')
  const program = createProgram(json)
  try {
    await program.parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has said what is wrong. Asking for help is no error.
      process.exitCode = error.exitCode === 0 ? 0 : 2
      return
    }
    process.exitCode = reportError(error, json)
  }
}
