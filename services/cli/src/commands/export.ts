import { createWriteStream } from 'node:fs'
import { Readable, type Transform, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { PerennialError, readModelColumns, readModels } from '@perennial/contracts'
import type { Engine } from '@perennial/engine'
import { createReader, type Projector, type Row } from '@perennial/projector'
import { type ReadStore, reachedPosition } from '@perennial/read-store'
import { type Command, Option } from 'commander'
import { stringify } from 'csv-stringify'
import { globalOptions, parseInstant, withEngine } from '../context.ts'
import { type Progress, progress } from '../output/progress.ts'
import { count } from '../output/table.ts'

export function exportCommand(program: Command): void {
  program
    .command('export')
    .description('one row per member of a read model, by member id')
    .argument('<read model>', Object.keys(readModels).join(' | '))
    .addOption(new Option('--format <format>', 'format of the rows').choices(['ndjson', 'csv']).default('ndjson'))
    .option('--as-of <instant>', 'as it was at an instant, from what is known today')
    .option('--out <file>', 'write to a file instead of standard output')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { format, asOf, out } = command.opts<{ format: 'ndjson' | 'csv'; asOf?: string; out?: string }>()
      await withEngine({ ...globalOptions(command), mustExist: true }, async ({ engine, signal }) => {
        const projector = engine.projectors.find((candidate) => candidate.name === name)
        if (!projector) {
          const names = engine.projectors.map((candidate) => candidate.name).join(', ')
          throw new PerennialError('usage', { message: `No read model "${name}"; there are ${names}.` })
        }
        if (asOf === undefined) await tellLag(engine, projector)
        const { members } = await engine.eventStore.counts()
        const shown = progress('export', members)
        const all = createReader(engine).all(projector, asOf === undefined ? undefined : parseInstant(asOf, '--as-of'))
        const rows = counted(all, shown)
        const target: Writable = out === undefined ? process.stdout : createWriteStream(out)
        const end = { end: out !== undefined, signal }
        if (format === 'csv') await pipeline(Readable.from(flatRows(rows, name as keyof typeof readModels)), csv(), target, end)
        else await pipeline(Readable.from(jsonLines(rows)), target, end)
      })
    })
}

/**
 * Who reads rows that lack the newest events is told so, and not among the rows.
 *
 * @throws PerennialError `not-ready` where the read model has not begun, `read-model-version`
 */
async function tellLag({ eventStore, readStores }: Engine, projector: Projector): Promise<void> {
  const { name } = projector
  const readModel = await (readStores.get(name) as ReadStore).live(projector)
  // First: it may go on while the log is asked.
  const checkpoints = await readModel.checkpoints()
  const head = await eventStore.head()
  const remedy = '"perennial up", or any command that publishes, brings it up to date'
  if (head > 0 && checkpoints.every(({ position }) => position === 0)) {
    throw new PerennialError('not-ready', { where: name, message: `The read model "${name}" has not read any event; ${remedy}.` })
  }
  const lag = await eventStore.countAfter(reachedPosition(checkpoints))
  if (lag > 0) console.error(`The read model "${name}" is ${count(lag)} ${lag === 1 ? 'event' : 'events'} behind the log; ${remedy}.`)
}

/** Rows are gathered into chunks: one write per row would cost more than the row. */
async function* jsonLines(rows: AsyncIterable<Row>): AsyncIterable<string> {
  let chunk = ''
  for await (const row of rows) {
    chunk += `${JSON.stringify(row)}\n`
    if (chunk.length > 65_536) {
      yield chunk
      chunk = ''
    }
  }
  yield chunk
}

async function* counted(rows: AsyncIterable<Row>, shown: Progress): AsyncIterable<Row> {
  try {
    for await (const row of rows) {
      yield row
      shown.add(1)
    }
  } finally {
    shown.stop()
  }
}

/** Every row as text by column: nothing for null, a semicolon between the words of a list. */
async function* flatRows(rows: AsyncIterable<Row>, name: keyof typeof readModels): AsyncIterable<Record<string, unknown>> {
  const columns = readModelColumns(name)
  for await (const row of rows) yield Object.fromEntries(columns.map((path) => [path.join('.'), textOf(valueAt(row, path))]))
}

function valueAt(row: Row, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, field) => (value as Record<string, unknown> | null)?.[field], row)
}

function textOf(value: unknown): unknown {
  return Array.isArray(value) ? value.join(';') : (value ?? '')
}

function csv(): Transform {
  return stringify({ header: true, record_delimiter: 'unix' })
}
