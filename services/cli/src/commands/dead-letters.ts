import { PerennialError, publishTopic } from '@perennial/contracts'
import type { DeadLetter } from '@perennial/dead-letters'
import { formatInstant } from '@perennial/domain'
import type { Engine } from '@perennial/engine'
import type { Command } from 'commander'
import { type Context, globalOptions, wholeNumber, withEngine } from '../context.ts'
import { answer } from '../output/print.ts'
import { count, table } from '../output/table.ts'
import { drainWithProgress, failIfRefused } from '../publish-events.ts'

/** Letters read at once. */
const pageMax = 1_000

export function deadLettersCommand(program: Command): void {
  const deadLetters = program.command('dead-letters').description('what was refused, why, and sending it again')

  deadLetters
    .command('list')
    .description('refused events, newest first')
    .option('--all', 'also those that were sent again or discarded')
    .option('--limit <number>', 'how many at most', String(pageMax))
    .action(async (_options: unknown, command: Command) => {
      const { all = false, limit } = command.opts<{ all?: boolean; limit: string }>()
      const shownMax = wholeNumber('--limit', limit)
      await withEngine({ ...globalOptions(command), mustExist: true }, async ({ engine, json }) => {
        const letters = await engine.deadLetters.list({ limit: shownMax, all })
        answer(json, letters.map(toJson), () => describeList(letters, shownMax))
      })
    })

  deadLetters
    .command('show')
    .description('one refused event, with its original bytes')
    .argument('<id>', 'id, or its beginning')
    .action(async (id: string, _options: unknown, command: Command) => {
      await withEngine({ ...globalOptions(command), mustExist: true }, async ({ engine, json }) => {
        const letter = await find(engine, id)
        answer(json, toJson(letter), () =>
          [
            `${letter.id}  ${letter.code}: ${letter.message}`,
            `from ${letter.origin}, refused at ${formatInstant(letter.refusedAt)}`,
            ...letter.faults.map(({ field, message }) => `  ${field ? `${field}: ` : ''}${message}`),
            '',
            new TextDecoder().decode(letter.bytes),
          ].join('\n'),
        )
      })
    })

  deadLetters
    .command('retry')
    .description('publish refused events again as they are; mended ones are published anew')
    .argument('[ids...]', 'ids, or their beginnings')
    .option('--all', 'all that are open')
    .action(async (ids: string[], _options: unknown, command: Command) => {
      await withEngine({ ...globalOptions(command), mustExist: true }, async (context) => {
        const { engine, json } = context
        const { all } = command.opts<{ all?: boolean }>()
        if (ids.length === 0 && !all) throw new PerennialError('usage', { message: 'Name dead letters, or say --all.' })
        let retried = 0
        const refused: DeadLetter[] = []
        const pages = all ? allOpen(engine) : [await Promise.all(ids.map((id) => find(engine, id)))]
        for await (const letters of pages) {
          retried += letters.length
          refused.push(...(await retry(letters, context)))
        }
        answer(json, { retried, accepted: retried - refused.length, refused: refused.map(({ id }) => id) }, () =>
          [
            `${count(retried)} sent again: ${count(retried - refused.length)} accepted, ${count(refused.length)} refused once more.`,
            ...refused.map((letter) => `  ${letter.id.slice(0, 8)}  ${letter.code}  ${describeFault(letter)}`),
          ].join('\n'),
        )
        failIfRefused({ refused: refused.length })
      })
    })

  deadLetters
    .command('discard')
    .description('put refused events aside that were mended and sent anew, or are not wanted')
    .argument('<ids...>', 'ids, or their beginnings')
    .action((ids: string[], _options: unknown, command: Command) => discard(command, ids))
}

async function* allOpen(engine: Engine): AsyncIterable<DeadLetter[]> {
  let after: DeadLetter | undefined
  for (;;) {
    const letters = await engine.deadLetters.list({ limit: pageMax, ...(after && { after }) })
    after = letters.at(-1)
    if (!after) return
    yield letters
  }
}

/** Publishes letters as they are; answers those that are refused once more. */
async function retry(letters: readonly DeadLetter[], { engine, signal }: Context): Promise<DeadLetter[]> {
  await engine.bus.publish(
    publishTopic(engine.intake),
    letters.map(({ bytes, key, origin }) => ({ key, value: bytes, headers: { origin } })),
  )
  await engine.deadLetters.markRetried(letters)
  await drainWithProgress(engine, signal)
  const after = await Promise.all(letters.map((letter) => find(engine, letter.id)))
  return after.filter(({ status }) => status === 'open')
}

async function discard(command: Command, ids: string[]): Promise<void> {
  await withEngine({ ...globalOptions(command), mustExist: true }, async ({ engine, json }) => {
    const letters = await Promise.all(ids.map((id) => find(engine, id)))
    await engine.deadLetters.discard(letters.map(({ id }) => id))
    answer(json, { discarded: letters.map(({ id }) => id) }, () => `${count(letters.length)} discarded; list --all still shows them.`)
  })
}

async function find(engine: Engine, id: string): Promise<DeadLetter> {
  const letter = await engine.deadLetters.find(id)
  if (!letter) throw new PerennialError('dead-letter-unknown', { where: id })
  return letter
}

function describeList(letters: readonly DeadLetter[], shownMax: number): string {
  if (letters.length === 0) return 'Nothing was refused.'
  const rows = letters.map((letter) => [
    letter.id.slice(0, 8),
    formatInstant(letter.refusedAt).slice(0, 19).replace('T', ' '),
    letter.status === 'open' ? letter.code : `${letter.code} (${letter.status})`,
    letter.origin,
    describeFault(letter),
  ])
  const listed = table(['id', 'refused at (UTC)', 'code', 'where', 'why'], rows)
  return letters.length < shownMax ? listed : `${listed}\n\nThese are the newest ${count(shownMax)}; --limit shows more.`
}

function describeFault({ faults, message }: DeadLetter): string {
  const [first] = faults
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''
  return first ? `${first.field ? `${first.field}: ` : ''}${first.message}${more}` : message
}

function toJson({ bytes, ...letter }: DeadLetter): Record<string, unknown> {
  return {
    ...letter,
    firstRefusedAt: formatInstant(letter.firstRefusedAt),
    refusedAt: formatInstant(letter.refusedAt),
    text: new TextDecoder().decode(bytes),
    base64: Buffer.from(bytes).toString('base64'),
  }
}
