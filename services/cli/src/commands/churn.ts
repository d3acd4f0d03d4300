import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PerennialError } from '@perennial/contracts'
import { formatInstant, nominalMs } from '@perennial/domain'
import { learntModels } from '@perennial/event-store'
import { backtestShop } from '@perennial/learning'
import type { BacktestReport, ChurnFitOptions } from '@perennial/shop-models'
import type { Command } from 'commander'
import { type Context, globalOptions, parseInstant, withEngine } from '../context.ts'
import { describeBacktest } from '../output/describe-backtest.ts'
import { describeChurn, describeLearnt, members } from '../output/describe-learnt.ts'
import { toMinute } from '../output/instant.ts'
import { answer } from '../output/print.ts'
import { learningProgress } from '../output/progress.ts'
import { learnAndDrain } from './fit.ts'

/** Those of `defaultModels`, which is loaded only when it is asked for. */
const churnModels = 'nbd, bg-nbd, mbg-nbd, pareto-nbd'

export function churnCommand(program: Command): void {
  const churn = program.command('churn').description('the churn model: fit it, look at it, try it on the past')
  churn
    .command('fit')
    .description('fit the churn model on all members and put it in force; "fit" learns rhythm and value too')
    .option('--as-of <instant>', 'as the shop was known at an instant; without it, now')
    .option('--model <name>', `one of ${churnModels}; without it, the one that foretells best`)
    .action(async (_options: unknown, command: Command) => {
      const { asOf, model } = command.opts<{ asOf?: string; model?: string }>()
      const chosen = model === undefined ? undefined : [await modelNamed(model)]
      await withEngine({ ...globalOptions(command), mustExist: true }, async (context) => {
        const types = ['ChurnModelFitted'] as const
        const learnt = await learnAndDrain(context, { types, ...(asOf !== undefined && { asOf }), ...(chosen && { churnModels: chosen }) })
        answer(context.json, learnt, () => describeLearnt(learnt))
      })
    })
  churn
    .command('show')
    .description('the churn model in force, with how well it did when it was fitted')
    .option('--as-of <instant>', 'the one in force at an instant; without it, now')
    .action(async (_options: unknown, command: Command) => {
      const { asOf } = command.opts<{ asOf?: string }>()
      await withEngine({ ...globalOptions(command), mustExist: true }, (context) => show(context, asOf))
    })
  churn
    .command('backtest')
    .description('what each model would have foretold at past instants, from what was known then, against what came')
    .option('--from <instant>', 'the oldest of these instants; without it, one')
    .option('--to <instant>', 'the newest; without it, one horizon ago')
    .option('--horizon <period>', "how far to look ahead; without it, the programme's, such as P90D")
    .option('--svg <dir>', 'write calibration and lift as pictures into a directory')
    .action(async (_options: unknown, command: Command) => {
      const options = command.opts<BacktestCommandOptions>()
      await withEngine({ ...globalOptions(command), mustExist: true }, (context) => backtest(context, options))
    })
}

interface BacktestCommandOptions {
  from?: string
  to?: string
  horizon?: string
  svg?: string
}

async function show({ engine, json }: Context, asOf: string | undefined): Promise<void> {
  const at = asOf === undefined ? engine.clock() : parseInstant(asOf, '--as-of')
  const models = await learntModels(engine.eventStore)
  const inForce = models
    .filter((model) => model.type === 'ChurnModelFitted' && Date.parse(model.data.asOf) <= at)
    .sort((a, b) => Date.parse(a.data.asOf) - Date.parse(b.data.asOf) || a.position - b.position)
    .at(-1)
  answer(json, inForce ?? null, () =>
    inForce?.type === 'ChurnModelFitted'
      ? [`In force since ${toMinute(inForce.data.asOf)}, fitted on ${members(inForce.data.members)} (${inForce.id}).`]
          .concat(describeChurn(inForce.data))
          .join('\n')
      : `No model was fitted as of ${formatInstant(at)} or before: churn risk goes by each member's own rhythm. See perennial fit.`,
  )
}

async function backtest({ engine, json, signal }: Context, options: BacktestCommandOptions): Promise<void> {
  const now = engine.clock()
  const horizonDays = options.horizon === undefined ? undefined : horizonOf(options.horizon)
  const to = options.to === undefined ? undefined : parseInstant(options.to, '--to')
  const from = options.from === undefined ? undefined : parseInstant(options.from, '--from')
  // Before the computation, which takes long: what cannot be written to is an error at once.
  if (options.svg !== undefined) makeWritable(options.svg)
  const shown = learningProgress()
  let report: BacktestReport
  try {
    report = await backtestShop({
      eventStore: engine.eventStore,
      now,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(horizonDays !== undefined && { horizonDays }),
      onProgress: shown.update,
      signal,
    })
  } finally {
    shown.stop()
  }
  const pictures: string[] = []
  try {
    if (options.svg !== undefined) await writePictures(report, options.svg, pictures)
  } finally {
    // In any case: who waited for the figures gets them, also where a picture could not be written.
    answer(json, report, () => describeBacktest(report, pictures))
  }
}

function makeWritable(directory: string): void {
  mkdirSync(directory, { recursive: true })
  accessSync(directory, constants.W_OK | constants.X_OK)
}

/** @param written is told each picture as soon as it is there */
async function writePictures(report: BacktestReport, directory: string, written: string[]): Promise<void> {
  const { calibrationCurve, liftCurve } = await import('@perennial/charts')
  // The base rate tells nobody apart: in a picture it is a dot and the diagonal. What is used is drawn above the others.
  const contenders = report.pooled.filter(({ name }) => name !== 'base-rate').reverse()
  const title = `members who buy nothing within ${report.horizonDays} days`
  const pictures = {
    'calibration.svg': calibrationCurve(
      contenders.flatMap(({ name, curve }) => (curve ? [{ name, points: curve }] : [])),
      { title: `Calibration: ${title}`, foretold: 'risk foretold', observed: 'share that bought nothing' },
    ),
    'lift.svg': liftCurve(
      contenders.flatMap(({ name, liftCurve: points }) => (points ? [{ name, points }] : [])),
      { title: `Lift: ${title}`, share: 'share of members, riskiest first', caught: 'share of those who bought nothing' },
    ),
  }
  for (const [name, svg] of Object.entries(pictures)) {
    const file = join(directory, name)
    writeFileSync(file, svg)
    written.push(file)
  }
}

function horizonOf(period: string): number {
  const days = /^P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$/.test(period) ? nominalMs(period) / 86_400_000 : 0
  if (days < 1) throw new PerennialError('usage', { where: '--horizon', message: `Expected a period such as P90D, got "${period}".` })
  return days
}

async function modelNamed(name: string): Promise<NonNullable<ChurnFitOptions['models']>[number]> {
  const { defaultModels } = await import('@perennial/shop-models')
  const model = defaultModels.find((candidate) => candidate === name)
  if (!model) throw new PerennialError('usage', { where: '--model', message: `Expected one of ${churnModels}, got "${name}".` })
  return model
}
