import { PerennialError } from '@perennial/contracts'
import { formatInstant } from '@perennial/domain'
import type { Engine } from '@perennial/engine'
import { createReader, type TimelineEntry } from '@perennial/projector'
import type { Command } from 'commander'
import pc from 'picocolors'
import { globalOptions, parseInstant, withEngine } from '../context.ts'
import { toMinute } from '../output/instant.ts'
import { answer } from '../output/print.ts'
import { table } from '../output/table.ts'

export function memberCommand(program: Command): void {
  program
    .command('member')
    .description('the read models of one member, and a time line of what made them')
    .argument('<id>', 'member id')
    .option('--as-of <instant>', 'as it was at an instant, from what is known today')
    .action(async (memberId: string, _options: unknown, command: Command) => {
      const { asOf } = command.opts<{ asOf?: string }>()
      await withEngine({ ...globalOptions(command), mustExist: true }, async ({ engine, json }) => {
        const story = await memberStory(engine, memberId, asOf === undefined ? undefined : parseInstant(asOf, '--as-of'))
        answer(json, story, () => [describeRows(story.rows), '', describeTimeline(story.timeline)].join('\n'))
      })
    })
}

export interface MemberStory {
  memberId: string
  rows: Record<string, Record<string, unknown>>
  timeline: TimelineEntry[]
}

/** @throws PerennialError `member-unknown` */
export async function memberStory(engine: Engine, memberId: string, asOf?: number): Promise<MemberStory> {
  const reader = createReader(engine)
  const rows: MemberStory['rows'] = {}
  for (const projector of engine.projectors) {
    const row = await reader.row(projector, memberId, asOf)
    if (row) rows[projector.name] = row
  }
  if (Object.keys(rows).length === 0) {
    throw new PerennialError('member-unknown', {
      where: memberId,
      ...(asOf !== undefined && { message: `Not up to ${formatInstant(asOf)}.` }),
    })
  }
  return { memberId, rows, timeline: await reader.timeline(memberId, asOf) }
}

export function describeRows(rows: MemberStory['rows']): string {
  const lines = Object.entries(rows).flatMap(([projector, row]) =>
    Object.entries(row)
      .filter(([field]) => field !== 'memberId' && field !== 'asOf')
      .map(([field, value], index) => [index === 0 ? projector : '', field, showValue(value)]),
  )
  const [first] = Object.values(rows)
  return `Member ${pc.bold(String(first?.memberId))} as of ${String(first?.asOf)}\n\n${table(['read model', '', ''], lines)}`
}

export function describeTimeline(timeline: readonly TimelineEntry[]): string {
  const rows = timeline.map((entry) => [
    toMinute(entry.at),
    what(entry),
    [...entry.changes.map(showChange), ...entry.notes.map((note) => pc.yellow(note))].join('; '),
  ])
  return table(['when (UTC)', 'what', 'and so'], rows)
}

function what({ event }: TimelineEntry): string {
  if (!event) return pc.dim('time passes')
  const data = event.data as Record<string, unknown>
  const words: Record<string, string> = {
    MemberEnrolled: 'enrolled',
    PurchaseRecorded: `bought ${String(data.orderId)}`,
    ReturnRecorded: `returned ${String(data.returnId)}`,
    EngagementRecorded: String(data.activity),
    PointsHeld: `held ${data.points}`,
    HoldCaptured: `captured ${data.points} of ${data.hold}`,
    HoldReleased: `released ${data.hold}`,
    PointsRedeemed: `redeemed ${data.points}`,
    RedemptionCancelled: `cancelled ${data.points} of ${data.redemption}`,
    PointsAdjusted: `adjusted by ${data.points} (${data.reason})`,
    AdjustmentProposed: `${data.points} proposed (${data.reason})`,
    AdjustmentRejected: `rejected ${data.adjustment}`,
    TierGranted: `granted ${data.tier} (${data.reason})`,
    PointsTransferredOut: `gave ${data.points} to ${data.to}`,
    PointsTransferredIn: `received ${data.points} from ${data.from}`,
    AdoptionEnded: `no longer merged with ${data.from}`,
  }
  return words[event.type] ?? event.type
}

function showChange({ projector, field, before, after }: TimelineEntry['changes'][number]): string {
  const name = projector === 'points' ? `${field} points` : projector === 'churn-risk' ? 'risk' : field
  return before === null ? `${name} ${showValue(after)}` : `${name} ${showValue(before)} → ${showValue(after)}`
}

function showValue(value: unknown): string {
  if (value === null || value === undefined) return '-'
  if (Array.isArray(value)) return value.length > 0 ? value.map(showValue).join(', ') : '-'
  if (typeof value !== 'object') return String(value)
  if ('at' in value) {
    const { at, ...what } = value
    return `${Object.values(what).map(showValue).join(' ')} at ${String(at)}`
  }
  return Object.entries(value)
    .map(([name, part]) => `${name} ${showValue(part)}`)
    .join(', ')
}
