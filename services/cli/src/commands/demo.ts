import { PerennialError, riskBands, valueSegments } from '@perennial/contracts'
import type { Learnt } from '@perennial/learning'
import { beginning, type NewMessage } from '@perennial/message-bus'
import { createReader, type Row } from '@perennial/projector'
import { sampleShop } from '@perennial/sample-shop'
import type { Command } from 'commander'
import pc from 'picocolors'
import { type Context, type GlobalOptions, globalOptions, wholeNumber, withEngine } from '../context.ts'
import { answer } from '../output/print.ts'
import { count, table } from '../output/table.ts'
import { type Outcome, publishAndDrain } from '../publish-events.ts'
import { readMessages } from '../read-messages.ts'
import { learnAndDrain } from './fit.ts'
import { toMessages } from './import.ts'
import { describeRows, describeTimeline, type MemberStory, memberStory } from './member.ts'
import { addApiOptions, apiOptions } from './up.ts'

/** The demo's shop closes its books here, so that the demo shows the same on every day. */
const demo = { members: 1_500, seed: 42, from: '2024-01-01', to: '2025-12-31', now: '2026-01-01' }
const storyLines = 14

export function demoCommand(program: Command): void {
  const command = program
    .command('demo')
    .description('make a believable shop (or read one from a file), and show what its owner would want to see')
    .option('--file <file>', 'CloudEvents of your own, one per line, instead of the made-up shop')
    .option('--members <number>', 'members of the made-up shop', String(demo.members))
    .option('--seed <number>', 'another shop for every number', String(demo.seed))
    .option('--serve', 'leave the services and the API running until Ctrl-C')
  addApiOptions(command).action(async (_options: unknown, command: Command) => {
    const options = globalOptions(command)
    const { file, members, seed, serve } = command.opts<{ file?: string; members: string; seed: string; serve?: boolean }>()
    const size = wholeNumber('--members', members)
    const shop = wholeNumber('--seed', seed)
    const defaultNow = file === undefined ? { defaultNow: demo.now } : {}
    await withEngine({ ...options, ...defaultNow, api: apiOptions(command) }, async (context) => {
      const { engine, json, signal } = context
      if (!json)
        console.log(
          pc.bold(file === undefined ? `A made-up shop with ${count(size)} members, two years up to ${demo.to}.` : `The shop in ${file}.`),
        )
      const { messages, total } = file === undefined ? madeUpShop(size, shop) : await readMessages(file)
      const outcome = await publishAndDrain(engine, messages, total, signal)
      const overview = await overviewOf(context, outcome, await learnWherePossible(context))
      answer(json, overview, () => describe(overview, options, file === undefined && options.now === undefined))
      if (serve) {
        console.error('Serving until Ctrl-C.')
        await engine.run(signal)
      }
    })
  })
}

function madeUpShop(members: number, seed: number): { messages: Iterable<NewMessage>; total: number } {
  const events = [...sampleShop({ seed, members, from: demo.from, to: demo.to })]
  return { messages: toMessages(events, 'demo'), total: events.length }
}

/** A shop of one's own may be too small, or too young, to learn anything from. */
async function learnWherePossible(context: Context): Promise<Learnt[]> {
  try {
    return await learnAndDrain(context, {})
  } catch (error) {
    if (error instanceof PerennialError && error.code === 'nothing-to-learn') return []
    throw error
  }
}

interface Overview {
  outcome: Outcome
  eventsPerSecond: number
  members: number
  byTier: Record<string, number>
  byStage: Record<string, number>
  byRisk: Record<string, number>
  bySegment: Record<string, number>
  learnt: Learnt[]
  points: { available: number; pending: number; expired: number; clawedBack: number }
  announcements: number
  busiest: MemberStory | undefined
}

async function overviewOf({ engine }: Context, outcome: Outcome, learnt: Learnt[]): Promise<Overview> {
  const reader = createReader(engine)
  const projector = (name: string) => engine.projectors.find((candidate) => candidate.name === name) as (typeof engine.projectors)[number]
  const tally = async (name: string, field: string) => {
    const counts: Record<string, number> = {}
    for await (const row of reader.all(projector(name))) counts[String(row[field])] = (counts[String(row[field])] ?? 0) + 1
    return counts
  }
  const points = { available: 0, pending: 0, expired: 0, clawedBack: 0 }
  for await (const row of reader.all(projector('points'))) {
    for (const field of Object.keys(points) as (keyof typeof points)[]) points[field] += Number(row[field])
  }
  let busiest: Row | undefined
  for await (const row of reader.all(projector('lifecycle'))) {
    if (!busiest || Number(row.purchases) > Number(busiest.purchases)) busiest = row
  }
  const { members } = await engine.eventStore.counts()
  return {
    outcome,
    eventsPerSecond: Math.round(outcome.published / outcome.seconds),
    members,
    byTier: await tally('tier', 'tier'),
    byStage: await tally('lifecycle', 'stage'),
    byRisk: await tally('churn-risk', 'band'),
    bySegment: await tally('value', 'segment'),
    learnt,
    points,
    announcements: await countAnnouncements(engine),
    busiest: busiest && (await memberStory(engine, busiest.memberId)),
  }
}

async function countAnnouncements(engine: Context['engine']): Promise<number> {
  let total = 0
  for (let after = beginning; ; ) {
    const page = await engine.bus.read({ topic: 'perennial-announcements', after, limit: 10_000 })
    const last = page.at(-1)
    if (!last) return total
    total += page.length
    after = last.cursor
  }
}

function describe(
  { outcome, eventsPerSecond, members, byTier, byStage, byRisk, bySegment, learnt, points, announcements, busiest }: Overview,
  { config, data }: GlobalOptions,
  fixedNow: boolean,
): string {
  const share = (counts: Record<string, number>, title: string, order: readonly string[]) =>
    table(
      [title, 'members', ''],
      order
        .filter((name) => counts[name])
        .map((name) => [name, counts[name] ?? 0, pc.cyan('▇'.repeat(Math.max(1, Math.round((40 * (counts[name] ?? 0)) / members))))]),
    )
  const now = fixedNow ? ` --now ${demo.now}` : ''
  const at = `${config === undefined ? '' : ` --config ${config}`}${data === undefined ? '' : ` --data ${data}`}${now}`
  const story = busiest && {
    rows: busiest.rows,
    recent: busiest.timeline.slice(-storyLines),
    earlier: Math.max(0, busiest.timeline.length - storyLines),
  }
  return [
    `${count(outcome.published)} events through bus, log and five read models in ${outcome.seconds.toFixed(1)} s (${count(eventsPerSecond)} per second): ` +
      `${count(outcome.appended)} new, ${count(outcome.published - outcome.appended - outcome.refused)} delivered before, ${count(outcome.refused)} refused.`,
    '',
    share(byTier, 'tier', [
      'platinum',
      'gold',
      'silver',
      'member',
      ...Object.keys(byTier).filter((name) => !['platinum', 'gold', 'silver', 'member'].includes(name)),
    ]),
    '',
    share(byStage, 'stage', ['prospect', 'new', 'growing', 'loyal', 'won-back', 'at-risk', 'lapsed', 'lost']),
    '',
    share(byRisk, 'churn risk', [...riskBands.filter((band) => band !== 'unknown'), 'unknown']),
    ...describeChurnBasis(learnt),
    '',
    share(bySegment, 'value segment', [...valueSegments.filter((segment) => segment !== 'unknown'), 'unknown']),
    '',
    `Points outstanding: ${count(points.available)} available, ${count(points.pending)} pending; ${count(points.expired)} have expired, ${count(points.clawedBack)} were taken back with returns.`,
    `Announcements on the bus: ${count(announcements)}.`,
    ...(story
      ? [
          '',
          pc.bold('The busiest member'),
          describeRows(story.rows),
          '',
          ...(story.earlier > 0 ? [`… ${count(story.earlier)} earlier moments, and then:`] : []),
          describeTimeline(story.recent),
        ]
      : []),
    '',
    'Now try:',
    ...(busiest ? [`  npx perennial member ${busiest.memberId}${at}`] : []),
    `  npx perennial export points --format csv${at}`,
    `  npx perennial churn show${at}`,
    `  npx perennial cohorts${at}`,
    `  npx perennial verify${at}`,
  ].join('\n')
}

/** Where the risks come from, and how they did on the newest past of which the outcome is known. */
function describeChurnBasis(learnt: readonly Learnt[]): string[] {
  return learnt.flatMap((each) => {
    if (each.type !== 'ChurnModelFitted') return []
    const { basis, model, holdout, horizonDays } = each.data
    if (!holdout) return [` By ${basis}: the chance that a member buys nothing within ${horizonDays} days.`]
    return [
      ` By ${basis}${model === null ? '' : ` ${model}`}: the chance that a member buys nothing within ${horizonDays} days. Tried on the last ${horizonDays}:` +
        ` AUC ${holdout.used.auc.toFixed(3)}, plain recency ${holdout.recencyAuc.toFixed(3)}.`,
    ]
  })
}
