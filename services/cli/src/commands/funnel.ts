import type { FunnelReport } from '@perennial/contracts'
import { drawFunnel, funnelReport, refuseAhead } from '@perennial/reports'
import type { Command } from 'commander'
import { parseInstant } from '../context.ts'
import { answerReport, svgOption } from '../make-report.ts'
import { describeFunnel } from '../output/describe-funnel.ts'

export function funnelCommand(program: Command): void {
  program
    .command('funnel')
    .description('how far members came: known, bought, came back, loyal')
    .option('--as-of <instant>', 'as it was at an instant, from what is known today')
    .option(...svgOption)
    .action(async (_options: unknown, command: Command) => {
      const { asOf } = command.opts<{ asOf?: string }>()
      const at = asOf === undefined ? undefined : parseInstant(asOf, '--as-of')
      await answerReport<FunnelReport>(command, {
        async make(engine, shop) {
          const now = engine.clock()
          refuseAhead(at, now, '--as-of')
          return funnelReport({ ...shop, asOf: at ?? now })
        },
        draw: drawFunnel,
        describe: describeFunnel,
      })
    })
}
