import { basename } from 'node:path'
import type { CloudEvent } from '@perennial/contracts'
import { type ReadProgress, readCdnow, readOnlineRetail } from '@perennial/importers'
import type { NewMessage } from '@perennial/message-bus'
import type { Command } from 'commander'
import { type GlobalOptions, globalOptions, withEngine } from '../context.ts'
import { answer } from '../output/print.ts'
import { type Progress, progress } from '../output/progress.ts'
import { count } from '../output/table.ts'
import { describeOutcome, failIfRefused, type Outcome, publishAndDrain } from '../publish-events.ts'

interface Import {
  events: readonly CloudEvent[]
  report: object
}

export function importCommand(program: Command): void {
  const importing = program
    .command('import')
    .description('turn public retail logs into events, publish them and bring them to the read models')

  importing
    .command('online-retail')
    .description('the UCI "Online Retail" log (CSV, .gz too)')
    .argument('<file>')
    .option('--time-zone <zone>', 'zone of the times in the file', 'Europe/London')
    .action((file: string, _options: unknown, command: Command) => {
      const { timeZone } = command.opts<{ timeZone: string }>()
      return importFile(globalOptions(command), file, (onProgress) => readOnlineRetail(file, { timeZone, onProgress }))
    })

  importing
    .command('cdnow')
    .description('the CDNOW purchase log, whole or sample (.gz too)')
    .argument('<file>')
    .option('--time-zone <zone>', 'zone of the dates in the file', 'America/New_York')
    .action((file: string, _options: unknown, command: Command) => {
      const { timeZone } = command.opts<{ timeZone: string }>()
      return importFile(globalOptions(command), file, (onProgress) => readCdnow(file, { timeZone, onProgress }))
    })
}

async function importFile(
  options: GlobalOptions,
  file: string,
  read: (onProgress: (done: ReadProgress) => void) => Promise<Import>,
): Promise<void> {
  await withEngine(options, async ({ engine, json, signal }) => {
    const { events, report } = await readWithProgress(read)
    const outcome = await publishAndDrain(engine, toMessages(events, basename(file)), events.length, signal)
    answer(json, { file, ...report, ...outcome }, () => describe(report, outcome))
    failIfRefused(outcome)
  })
}

/** Progress counts the file's bytes: how many events it holds is only known at its end. */
async function readWithProgress(read: (onProgress: (done: ReadProgress) => void) => Promise<Import>): Promise<Import> {
  let shown: Progress | undefined
  try {
    return await read(({ readBytes, totalBytes }) => {
      shown ??= progress('read', totalBytes)
      shown.update(readBytes)
    })
  } finally {
    shown?.stop()
  }
}

export function* toMessages(events: Iterable<CloudEvent>, origin: string): Iterable<NewMessage> {
  for (const event of events) yield { key: event.subject, value: JSON.stringify(event), headers: { origin } }
}

function describe(report: object, outcome: Outcome): string {
  const facts = Object.entries(report).map(([name, value]) => {
    const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    return typeof value === 'number' ? `${count(value)} ${words}` : `${words} ${value}`
  })
  return [`Read ${facts.join(', ')}.`, describeOutcome(outcome)].join('\n')
}
