import { type FlowReport, PerennialError } from '@perennial/contracts'
import type { Engine } from '@perennial/engine'
import { loadProgrammes, type Projector } from '@perennial/projector'
import { drawFlows, type FlowsAsked, flowReport, flowSpans, refuseAhead, type Shop } from '@perennial/reports'
import type { Command } from 'commander'
import { parseInstant, wholeNumber } from '../context.ts'
import { answerReport, svgOption } from '../make-report.ts'
import { describeFlows } from '../output/describe-flows.ts'

export function flowsCommand(program: Command): void {
  program
    .command('flows')
    .description('how many members went from which lifecycle stage to which')
    .option('--month <month>', 'such as 2011-10; without it, the last one that is over')
    .option('--months <number>', 'so many months up to that one')
    .option('--from <instant>', 'instead of months: between two instants; without it, a month before --to')
    .option('--to <instant>', 'the second instant; without it, now')
    .option(...svgOption)
    .action(async (_options: unknown, command: Command) => {
      const asked = readAsked(command.opts())
      await answerReport<FlowReport>(command, {
        make: (engine, shop) => makeReport(engine, shop, asked),
        draw: drawFlows,
        describe: describeFlows,
      })
    })
}

function readAsked({ month, months, from, to }: { month?: string; months?: string; from?: string; to?: string }): FlowsAsked {
  return {
    month,
    months: months === undefined ? undefined : wholeNumber('--months', months),
    from: from === undefined ? undefined : parseInstant(from, '--from'),
    to: to === undefined ? undefined : parseInstant(to, '--to'),
  }
}

/** @throws PerennialError `usage` for what cannot be answered, `not-yet` where `--to` lies ahead */
async function makeReport(engine: Engine, shop: Shop, asked: FlowsAsked): Promise<FlowReport> {
  const now = engine.clock()
  refuseAhead(asked.to, now, '--to')
  const { calendar } = (await loadProgrammes(engine.eventStore)).judging(now)
  const spans = flowSpans(asked, now, calendar)
  if (!Array.isArray(spans)) throw new PerennialError('usage', { where: `--${spans.field}`, message: `${sentence(spans.message)}.` })
  const lifecycle = engine.projectors.find(({ name }) => name === 'lifecycle') as Projector
  return flowReport({ ...shop, spans, timeZone: calendar.timeZone, lifecycle })
}

function sentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1)
}
