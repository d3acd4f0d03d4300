import { programmeVersions } from '@perennial/domain'
import { type EvaluatedMember, evaluateMember, sumOfMovements } from '@perennial/projector'
import type { Command } from 'commander'
import { globalOptions, parseInstant } from '../context.ts'
import { describeMovements } from '../output/describe-movements.ts'
import { toMinute } from '../output/instant.ts'
import { answer } from '../output/print.ts'
import { count } from '../output/table.ts'
import { type Histories, type RefusedEvent, readHistories } from '../read-histories.ts'
import { readMessages } from '../read-messages.ts'
import { readProgramme, rewarding } from '../read-programme.ts'
import { describeRows } from './member.ts'

/** Nobody reads on, and thousands of tables take minutes. */
const describedMax = 100

export function evaluateCommand(program: Command): void {
  program
    .command('evaluate')
    .description('try a programme on a file of events: tiers and points, with every reason; nothing is kept')
    .requiredOption('--programme <file>', 'YAML file')
    .requiredOption('--events <file>', 'CloudEvents, one per line (.gz too), or - for standard input')
    .requiredOption('--as-of <instant>', 'the instant at which to look; what happens later is not counted')
    .action(async (_options: unknown, command: Command) => {
      const options = command.opts<{ programme: string; events: string; asOf: string }>()
      const asOf = parseInstant(options.asOf, '--as-of')
      const { programme } = readProgramme(options.programme)
      const versions = programmeVersions([programme])
      const { messages } = await readMessages(options.events)
      const histories = await readHistories(messages, asOf)
      const members = histories.members.flatMap((member) => evaluateMember(rewarding, versions, member, asOf) ?? [])

      const summary = summarise(histories, asOf, versions.judging(asOf).effectiveFrom)
      const { json = false } = globalOptions(command)
      const withSums = members.map((member) => ({ ...member, sums: sumOfMovements(member.movements) }))
      answer(json, { programme, ...summary, members: withSums, refused: histories.refused }, () =>
        [
          ...members.slice(0, describedMax).map(describeMember),
          ...left(members),
          describeSummary(summary, histories.refused.length, programme.effectiveFrom),
        ].join('\n\n'),
      )
      for (const refused of histories.refused) console.error(describeRefused(refused))
      if (histories.refused.length > 0) process.exitCode = 1
    })
}

interface Summary {
  /** Read and not refused, each once. */
  events: number
  duplicates: number
  /** Of the events, those that happen after the instant looked at. */
  notYet: number
  /** Of the events, purchases on which the programme was not in force: they earn nothing. */
  tooEarly: number
}

function summarise({ members, events, duplicates }: Histories, asOf: number, effectiveFrom: number): Summary {
  const all = members.flatMap((member) => member.events)
  return {
    events,
    duplicates,
    notYet: all.filter(({ occurredAt }) => occurredAt > asOf).length,
    tooEarly: all.filter(({ type, occurredAt }) => type === 'PurchaseRecorded' && occurredAt < effectiveFrom).length,
  }
}

function left(members: readonly EvaluatedMember[]): string[] {
  return members.length > describedMax ? [`… and ${count(members.length - describedMax)} more members; --json answers all of them.`] : []
}

function describeMember({ rows, movements, notes }: EvaluatedMember): string {
  const odd = notes.map(({ at, source, id, note }) => `  ${toMinute(at)} ${id} (${source}): ${note}`)
  return [describeRows(rows), '', describeMovements(movements), ...(odd.length > 0 ? ['', 'Not credited, or odd:', ...odd] : [])].join('\n')
}

function describeSummary({ events, duplicates, notYet, tooEarly }: Summary, refused: number, effectiveFrom: string): string {
  return [
    `Events: ${count(events)}; duplicates: ${count(duplicates)}; refused: ${count(refused)}.`,
    ...(notYet > 0 ? [`Later than --as-of and not counted: ${count(notYet)}.`] : []),
    ...(tooEarly > 0
      ? [`Purchases before effectiveFrom (${effectiveFrom}), which count for tiers but earn nothing: ${count(tooEarly)}.`]
      : []),
  ].join('\n')
}

function describeRefused({ origin, code, message, faults }: RefusedEvent): string {
  const reasons = faults.map((fault) => `${fault.field ? `${fault.field}: ` : ''}${fault.message}`)
  return `${origin}: ${code}: ${reasons.length > 0 ? reasons.join('; ') : message}`
}
