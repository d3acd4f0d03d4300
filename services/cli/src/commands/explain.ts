import { PerennialError } from '@perennial/contracts'
import type { Accounts } from '@perennial/domain'
import { formatInstant } from '@perennial/domain'
import type { Engine } from '@perennial/engine'
import { createReader, type ExplainedLot, type ExplainedMovement, type Projector, sumOfMovements } from '@perennial/projector'
import type { Command } from 'commander'
import pc from 'picocolors'
import { globalOptions, parseInstant, withEngine } from '../context.ts'
import { describeLots, describeMovements } from '../output/describe-movements.ts'
import { answer } from '../output/print.ts'

export function explainCommand(program: Command): void {
  program
    .command('explain')
    .description('every points movement of one member, and what made it or took it')
    .argument('<id>', 'member id')
    .option('--as-of <instant>', 'up to an instant, from what is known today')
    .action(async (memberId: string, _options: unknown, command: Command) => {
      const { asOf } = command.opts<{ asOf?: string }>()
      const upTo = asOf === undefined ? undefined : parseInstant(asOf, '--as-of')
      await withEngine({ ...globalOptions(command), mustExist: true }, async ({ engine, json }) => {
        const explanation = await explainPoints(engine, memberId, upTo)
        answer(json, explanation, () =>
          [
            `Points of ${pc.bold(memberId)} as of ${explanation.asOf}`,
            '',
            describeMovements(explanation.movements),
            ...(explanation.lots.length > 0 ? ['', describeLots(explanation.lots)] : []),
          ].join('\n'),
        )
      })
    })
}

interface Explanation {
  memberId: string
  asOf: string
  /** The points row, folded from the stream as the movements are: they come to the same. */
  row: Record<string, unknown>
  movements: ExplainedMovement[]
  /** What is left, in the order in which it will be spent. */
  lots: ExplainedLot[]
  sums: Accounts
}

/** @throws PerennialError `member-unknown` */
async function explainPoints(engine: Engine, memberId: string, asOf?: number): Promise<Explanation> {
  const reader = createReader(engine)
  const upTo = asOf ?? engine.clock()
  const points = engine.projectors.find(({ name }) => name === 'points') as Projector
  const row = await reader.row(points, memberId, upTo)
  if (!row) {
    throw new PerennialError('member-unknown', {
      where: memberId,
      ...(asOf !== undefined && { message: `Not up to ${formatInstant(asOf)}.` }),
    })
  }
  const { movements, lots } = await reader.explain(memberId, upTo)
  return { memberId, asOf: String(row.asOf), row, movements, lots, sums: sumOfMovements(movements) }
}
