import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, test } from '@jest/globals'
import { type CloudEvent, formatMinor, type LifecycleRow, parseMinor } from '@perennial/contracts'
import { readOnlineRetail } from '@perennial/importers'
import { type CommandLine, exportAll, newCommandLine, readModelNames, rowsOf, toNdjson, writeFile } from './support/command-line.ts'
import { cdnowFile, describeWith, onlineRetailFile } from './support/real-data.ts'

/** The facts are those of shared/data/README.md, counted from the files by other means. */

const importTimeout = 240_000

async function expectClean(cli: CommandLine, now: string): Promise<void> {
  const results = await cli.json<{ projector: string; differences: unknown[]; parked: number }[]>('--now', now, 'verify')
  expect(results.map(({ projector, differences, parked }) => ({ projector, differences, parked }))).toEqual(
    readModelNames.map((projector) => ({ projector, differences: [], parked: 0 })),
  )
}

function netSpend(rows: readonly LifecycleRow[]): string {
  const minor = (text: string) => (text.startsWith('-') ? -(parseMinor(text.slice(1), 2) as number) : (parseMinor(text, 2) as number))
  return formatMinor(
    rows.reduce((sum, row) => sum + minor(row.netSpend), 0),
    2,
  )
}

/** The same order on every run. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const result = [...items]
  let state = seed
  for (let index = result.length - 1; index > 0; index--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const other = state % (index + 1)
    ;[result[index], result[other]] = [result[other] as T, result[index] as T]
  }
  return result
}

/** Kills the command once a file of the data directory has grown so far: that stage is in the middle of its work. */
async function killWhenGrown(cli: CommandLine, file: string, bytes: number, args: readonly string[]): Promise<void> {
  const { child, exited } = cli.start(...args)
  const size = () => statSync(join(cli.data, file), { throwIfNoEntry: false })?.size ?? 0
  const start = size()
  while (child.exitCode === null && size() < start + bytes) await sleep(2)
  child.kill('SIGKILL')
  const { code } = await exited
  expect({ file, code }).toEqual({ file, code: null })
}

describeWith(onlineRetailFile, 'Online Retail', () => {
  const now = '2011-12-10'
  const importing = ['--now', now, 'import', 'online-retail', onlineRetailFile]
  const cli = newCommandLine()
  let report: object
  let exports: Record<string, string>
  let events: CloudEvent[]
  beforeAll(async () => {
    report = await cli.json(...importing)
    exports = await exportAll(cli, now)
    ;({ events } = await readOnlineRetail(onlineRetailFile))
  }, importTimeout)

  async function expectSameFrom(order: readonly CloudEvent[]): Promise<void> {
    const other = newCommandLine()
    const outcome = await other.json('--now', now, 'publish', writeFile('events.ndjson', toNdjson(order)))
    expect(outcome).toMatchObject({ published: 22_190, appended: 22_190, refused: 0 })
    expect(await exportAll(other, now)).toEqual(exports)
    await expectClean(other, now)
  }

  test('every invoice of a customer is taken', () => {
    expect(report).toMatchObject({
      rows: 541_909,
      anonymousRows: 135_080,
      purchases: 18_536,
      returns: 3_654,
      members: 4_372,
      published: 22_190,
      appended: 22_190,
      refused: 0,
    })
  })

  test('net spend is right to the penny', () => {
    const rows = rowsOf<LifecycleRow>(exports.lifecycle as string)
    expect(rows).toHaveLength(4_372)
    expect(netSpend(rows)).toBe('8300065.81')
    const of = new Map(rows.map((row) => [row.memberId, row.netSpend]))
    expect([of.get('17850'), of.get('12346'), of.get('14646')]).toEqual(['5288.63', '0.00', '279489.02'])
    expect(rows.filter((row) => row.netSpend.startsWith('-'))).toHaveLength(41)
    expect(rows.reduce((sum, { purchases }) => sum + purchases, 0)).toBe(18_536)
  })

  test('what is stored is what the streams say', () => expectClean(cli, now), importTimeout)

  test(
    'importing again changes nothing',
    async () => {
      expect(await cli.json(...importing)).toMatchObject({ published: 22_190, appended: 0, refused: 0 })
      expect(await exportAll(cli, now)).toEqual(exports)
      await expectClean(cli, now)
    },
    importTimeout,
  )

  test('published in reverse, it ends the same', () => expectSameFrom(events.toReversed()), importTimeout)

  test('published in a shuffled order, it ends the same', () => expectSameFrom(shuffled(events, 20_111_210)), importTimeout)

  test(
    'killed while it publishes, appends and folds, and run again, it ends the same',
    async () => {
      const killed = newCommandLine()
      for (const [file, bytes] of [
        ['bus.db-wal', 2_000_000],
        ['log.db-wal', 2_000_000],
        ['points.db-wal', 300_000],
      ] as const) {
        await killWhenGrown(killed, file, bytes, importing)
      }
      expect(await killed.json(...importing)).toMatchObject({ published: 22_190, refused: 0 })
      expect(await exportAll(killed, now)).toEqual(exports)
      await expectClean(killed, now)
    },
    importTimeout,
  )
})

describeWith(cdnowFile, 'CDNOW', () => {
  const now = '1998-07-01'

  test(
    'every purchase is taken, once',
    async () => {
      const cli = newCommandLine()
      const importing = ['--now', now, 'import', 'cdnow', cdnowFile]
      expect(await cli.json(...importing)).toMatchObject({ rows: 69_659, members: 23_570, appended: 69_659, refused: 0 })
      const lifecycle = await cli.ok('--now', now, 'export', 'lifecycle')
      const rows = rowsOf<LifecycleRow>(lifecycle)
      expect(rows).toHaveLength(23_570)
      expect(netSpend(rows)).toBe('2500315.63')
      expect(rows.reduce((sum, { purchases }) => sum + purchases, 0)).toBe(69_659)
      await expectClean(cli, now)

      expect(await cli.json(...importing)).toMatchObject({ published: 69_659, appended: 0, refused: 0 })
      expect(await cli.ok('--now', now, 'export', 'lifecycle')).toBe(lifecycle)
    },
    importTimeout,
  )
})
