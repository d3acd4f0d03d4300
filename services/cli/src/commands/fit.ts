import { type ModelType, modelTypes, PerennialError, readModelOfModel } from '@perennial/contracts'
import { type Learnt, learn } from '@perennial/learning'
import type { Command } from 'commander'
import { type Context, globalOptions, parseInstant, withEngine } from '../context.ts'
import { describeLearnt } from '../output/describe-learnt.ts'
import { answer } from '../output/print.ts'
import { learningProgress } from '../output/progress.ts'
import { drainWithProgress } from '../publish-events.ts'

export function fitCommand(program: Command): void {
  program
    .command('fit')
    .description('learn from all members what is usual in this shop, who comes back and what members are worth')
    .option('--as-of <instant>', 'as the shop was known at an instant; without it, now')
    .option('--only <names>', `one or some of ${names().join(', ')}`)
    .action(async (_options: unknown, command: Command) => {
      const { asOf, only } = command.opts<{ asOf?: string; only?: string }>()
      const types = only === undefined ? undefined : only.split(',').map(typeNamed)
      await withEngine({ ...globalOptions(command), mustExist: true }, async (context) => {
        const learnt = await learnAndDrain(context, { ...(asOf !== undefined && { asOf }), ...(types && { types }) })
        answer(context.json, learnt, () => describeLearnt(learnt))
      })
    })
}

/** Learns, appends, and waits until the read models go by it. */
export async function learnAndDrain(
  { engine, signal }: Context,
  options: { asOf?: string; types?: readonly ModelType[]; churnModels?: Parameters<typeof learn>[0]['churnModels'] },
): Promise<Learnt[]> {
  const { eventStore } = engine
  const { asOf, ...what } = options
  const now = engine.clock()
  // From half of what is on the bus there is nothing to learn.
  await drainWithProgress(engine, signal)
  const shown = learningProgress()
  let learnt: Learnt[]
  try {
    learnt = await learn({
      eventStore,
      asOf: asOf === undefined ? now : parseInstant(asOf, '--as-of'),
      now,
      ...what,
      onProgress: shown.update,
      signal,
    })
  } finally {
    shown.stop()
  }
  await drainWithProgress(engine, signal)
  return learnt
}

function names(): string[] {
  return Object.values(readModelOfModel)
}

function typeNamed(name: string): ModelType {
  const type = ([...modelTypes] as ModelType[]).find((candidate) => readModelOfModel[candidate] === name.trim())
  if (!type) throw new PerennialError('usage', { where: '--only', message: `Expected some of ${names().join(', ')}, got "${name}".` })
  return type
}
