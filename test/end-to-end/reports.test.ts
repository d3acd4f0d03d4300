import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import {
  type CohortReport,
  cohortPeriods,
  cohortReportSchema,
  type FlowReport,
  type FunnelReport,
  flowReportSchema,
  funnelReportSchema,
  type LifecycleRow,
} from '@perennial/contracts'
import { type CommandLine, newCommandLine, rowsOf, temporaryDirectory } from './support/command-line.ts'
import { describeWith, onlineRetailFile } from './support/real-data.ts'

/** Reports and the lifecycle read model are made by different code from the same streams: they must agree. */
function reportsOf(cli: CommandLine, now: string) {
  const at = (...args: string[]) => ['--now', now, ...args]
  const rowsAt = async (asOf: string) => rowsOf<LifecycleRow>(await cli.ok(...at('export', 'lifecycle', '--as-of', asOf)))
  const stagesAt = async (asOf: string) => tally((await rowsAt(asOf)).map(({ stage }) => stage))

  return {
    async expectCohorts(): Promise<void> {
      const shoppers = (await rowsAt(now)).filter(({ shoppingDays }) => shoppingDays > 0)
      for (const by of cohortPeriods) {
        const report = cohortReportSchema.parse(await cli.json<CohortReport>(...at('cohorts', '--by', by)))
        expect(report.members).toBe(shoppers.length)
        expect(report.cohorts.reduce((sum, { members }) => sum + members, 0)).toBe(shoppers.length)
        for (const { members, active, retention } of report.cohorts) {
          expect(active[0]).toBe(members)
          expect(Math.max(...active)).toBe(members)
          expect(retention).toEqual(active.map((count) => count / members))
        }
        // A member is active in at least one period, and in no more of them than the member has shopping days.
        const periods = report.cohorts.flatMap(({ active }) => active).reduce((sum, count) => sum + count, 0)
        expect(periods).toBeGreaterThanOrEqual(shoppers.length)
        expect(periods).toBeLessThanOrEqual(shoppers.reduce((sum, { shoppingDays }) => sum + shoppingDays, 0))
      }
    },

    async expectFlows(...args: string[]): Promise<FlowReport> {
      const report = flowReportSchema.parse(await cli.json<FlowReport>(...at('flows', ...args)))
      for (const { from, to, flows } of report.spans) {
        const ends = (end: 'before' | 'after') => tally(flows.flatMap((flow) => Array<string | null>(flow.members).fill(flow[end])))
        const { null: _, ...before } = ends('before')
        const { null: __, ...after } = ends('after')
        expect({ from, before }).toEqual({ from, before: await stagesAt(from) })
        expect({ to, after }).toEqual({ to, after: await stagesAt(to) })
      }
      return report
    },

    async expectFunnel(): Promise<void> {
      const rows = await rowsAt(now)
      const report = funnelReportSchema.parse(await cli.json<FunnelReport>(...at('funnel')))
      for (const { step, shoppingDays, members, medianDays } of report.steps) {
        const expected = rows.filter((row) => row.shoppingDays >= shoppingDays).length
        expect({ step, members }).toEqual({ step, members: expected })
        if (step !== 'known' && members > 0) expect(medianDays).toBeGreaterThanOrEqual(0)
      }
      const counts = report.steps.map(({ members }) => members)
      expect(counts).toEqual([...counts].sort((a, b) => b - a))
      expect(counts.at(-1)).toBeGreaterThan(0)
    },

    async expectPictures(): Promise<void> {
      for (const name of ['cohorts', 'flows', 'funnel']) {
        const file = join(temporaryDirectory(), `${name}.svg`)
        const told = await cli.ok(...at(name, '--svg', file))
        expect(told).toContain(`Drawn in ${file}.`)
        expect(readFileSync(file, 'utf8')).toMatch(/^<svg [^>]*><title>[^<]+<\/title>.*<\/svg>$/s)
      }
    },
  }
}

function tally(words: readonly (string | null)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[String(word)] = (counts[String(word)] ?? 0) + 1
  return counts
}

describe('reports on the demo shop', () => {
  const now = '2026-01-01'
  const cli = newCommandLine()
  const { expectCohorts, expectFlows, expectFunnel, expectPictures } = reportsOf(cli, now)
  beforeAll(async () => {
    await cli.ok('demo', '--members', '80')
  })

  test('cohorts are all members with a shopping day', expectCohorts)
  test('the funnel counts shopping days as the lifecycle read model does', expectFunnel)
  test('each is drawn where it is asked for', expectPictures)

  test('flows begin and end with the stages that the read model had', async () => {
    const { spans } = await expectFlows('--months', '3')
    expect(spans.map(({ month }) => month)).toEqual(['2025-10', '2025-11', '2025-12'])
  })

  test('so do flows between two instants with a merge between them', async () => {
    const [first, second] = rowsOf<LifecycleRow>(await cli.ok('--now', now, 'export', 'lifecycle'))
    await cli.ok('--now', '2026-01-02', 'merge', String(first?.memberId), String(second?.memberId), '--by', 'clerk', '--key', 'm1')
    const later = reportsOf(cli, '2026-01-03')
    const { spans } = await later.expectFlows('--from', '2026-01-01')
    expect(spans[0]?.flows.filter(({ after }) => after === null)).toEqual([{ before: first?.stage, after: null, members: 1 }])
    await later.expectCohorts()
    await later.expectFunnel()
  })

  test('people read tables', async () => {
    const lines = async (...args: string[]) => (await cli.ok('--now', now, ...args)).split('\n').map((line) => line.trim())
    const cohorts = await lines('cohorts', '--by', 'quarter', '--as-of', '2024-08-01')
    expect(cohorts.find((line) => line.startsWith('2024-Q2'))).toMatch(/^2024-Q2 +\d+ +\d+%\*$/)
    expect(cohorts).toContain('* of 2024-Q3, which is not over.')
    const flows = await lines('flows', '--month', '2025-03')
    expect(flows).toContain('From 2025-03-01 (lines) to 2025-04-01 (columns):')
    const known = (await lines('funnel')).find((line) => line.startsWith('known'))
    expect(known?.split(/ +/)).toEqual(['known', '0', '80', '-', '-'])
  })

  test('what cannot be answered is said', async () => {
    expect(await cli.failure('--now', now, 'flows', '--month', '2026-02')).toMatchObject({ code: 'usage', where: '--month' })
    expect(await cli.failure('--now', now, 'flows', '--months', '0')).toMatchObject({ code: 'usage', where: '--months' })
    expect(await cli.failure('--now', now, 'flows', '--from', 'March')).toMatchObject({ code: 'usage', where: '--from' })
    for (const ahead of [
      ['cohorts', '--as-of', '2030-01-01'],
      ['funnel', '--as-of', '2026-01-01T00:00:01Z'],
    ]) {
      expect(await cli.failure('--now', now, ...ahead)).toMatchObject({ code: 'not-yet', where: '--as-of' })
    }
    expect(await cli.failure('--now', now, 'flows', '--to', '2030-01-01')).toMatchObject({ code: 'not-yet', where: '--to' })
    expect(await cli.failure('--now', now, 'cohorts', '--by', 'year')).toMatchObject({ code: 'usage' })
    expect(await cli.failure('--now', now, 'cohorts', '--svg', join(cli.data, 'no', 'such', 'folder.svg'))).toMatchObject({
      code: 'file-not-readable',
    })
    expect(await newCommandLine().failure('funnel')).toMatchObject({ code: 'data-missing' })
  })
})

describeWith(onlineRetailFile, 'reports on Online Retail', () => {
  const now = '2011-12-10'
  const cli = newCommandLine()
  const { expectCohorts, expectFlows, expectFunnel } = reportsOf(cli, now)
  beforeAll(async () => {
    await cli.ok('--now', now, 'import', 'online-retail', onlineRetailFile)
  }, 240_000)

  test('cohorts are all members with a shopping day', expectCohorts)
  test('the funnel counts shopping days as the lifecycle read model does', expectFunnel)
  test('flows begin and end with the stages that the read model had', async () => {
    const { spans } = await expectFlows('--months', '2')
    expect(spans.map(({ month }) => month)).toEqual(['2011-10', '2011-11'])
  })
})
