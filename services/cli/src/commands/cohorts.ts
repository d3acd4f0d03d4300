import { type CohortPeriod, type CohortReport, cohortPeriods } from '@perennial/contracts'
import { cohortReport, drawCohorts, refuseAhead } from '@perennial/reports'
import { type Command, Option } from 'commander'
import { parseInstant } from '../context.ts'
import { answerReport, svgOption } from '../make-report.ts'
import { describeCohorts } from '../output/describe-cohorts.ts'

export function cohortsCommand(program: Command): void {
  program
    .command('cohorts')
    .description('who came back, by the month in which they first shopped')
    .addOption(new Option('--by <period>', 'length of the periods').choices(cohortPeriods).default('month'))
    .option('--as-of <instant>', 'as it was at an instant, from what is known today')
    .option(...svgOption)
    .action(async (_options: unknown, command: Command) => {
      const { by, asOf } = command.opts<{ by: CohortPeriod; asOf?: string }>()
      const at = asOf === undefined ? undefined : parseInstant(asOf, '--as-of')
      await answerReport<CohortReport>(command, {
        async make(engine, shop) {
          const now = engine.clock()
          refuseAhead(at, now, '--as-of')
          return cohortReport({ ...shop, by, asOf: at ?? now })
        },
        draw: drawCohorts,
        describe: describeCohorts,
      })
    })
}
