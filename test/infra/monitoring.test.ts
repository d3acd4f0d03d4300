import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { createMetrics } from '@perennial/runtime'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { at, canRun, documentsIn, type Fields, type Json, run, serviceNames, textOf, walk } from './read-infra.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Names of series: those of the process, those that it counts, and those that it looks up when it is asked. */
async function knownSeries(): Promise<Set<string>> {
  const process = new Registry()
  collectDefaultMetrics({ register: process })
  const registered = [process, createMetrics().registry].flatMap((registry) => registry.getMetricsAsArray().map(({ name }) => name))
  process.clear()
  const sources = globSync('{packages,services}/*/src/**/*.ts', { cwd: root }).filter((file) => !/\.test\.ts$|\/testing\//.test(file))
  const lookedUp = sources.flatMap((file) =>
    [...readFileSync(root + file, 'utf8').matchAll(/'(perennial_[a-z_]+)'/g)].map(([, name]) => name as string),
  )
  return new Set([...registered, ...lookedUp].flatMap((name) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]))
}

/** Series in an expression: every word that is not a function, a label, a keyword or in quotes. */
function seriesIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\b(by|without)\s*\([^)]*\)/g, '')
  return bare.match(/\b(perennial|process|nodejs)_\w+/g) ?? []
}

const [alerts] = documentsIn(textOf('prometheus/alerts.yml')) as [Fields]
const rules = (alerts.groups as Fields[]).flatMap(({ rules }) => rules as Fields[])
const dashboard = JSON.parse(textOf('grafana/dashboards/perennial.json')) as Json
const queries = [...walk(dashboard)].flatMap(({ field, value }) => (field === 'expr' || field === 'definition' ? [value as string] : []))

describe('what operators see', () => {
  test('every alert and every panel asks for series that Perennial tells', async () => {
    const known = await knownSeries()
    const asked = [...queries, ...rules.map(({ expr }) => expr as string)].flatMap(seriesIn)
    expect(asked.length).toBeGreaterThan(30)
    expect([...new Set(asked)].filter((name) => !known.has(name))).toEqual([])
  })

  test('series are found in an expression, and labels are not', () => {
    expect(seriesIn('max by (projector) (perennial_a{kind="perennial_b"}) > rate(process_c_total[5m])')).toEqual([
      'perennial_a',
      'process_c_total',
    ])
  })

  test('the dashboard shows everything that an alert is about', () => {
    const shown = new Set(queries.flatMap(seriesIn))
    // How often a process was started is seen by its memory.
    const asked = rules.flatMap(({ expr }) => seriesIn(expr as string)).filter((name) => name !== 'process_start_time_seconds')
    const lately = (name: string) => name.replace('perennial_bus_lag', 'perennial_ingest_lag')
    expect([...new Set(asked.map(lately))].filter((name) => !shown.has(name))).toEqual([])
  })

  test('panels and the data source find each other', () => {
    const [source] = documentsIn(textOf('grafana/provisioning/datasources/prometheus.yaml')) as [Fields]
    const uid = at(source, 'datasources', 0, 'uid')
    const used = [...walk(dashboard)].flatMap(({ field, value }) => (field === 'datasource' ? [at(value, 'uid')] : []))
    expect(new Set(used)).toEqual(new Set([uid]))
    const [provider] = documentsIn(textOf('grafana/provisioning/dashboards/perennial.yaml')) as [Fields]
    expect(textOf('compose.yaml')).toContain(`./grafana/dashboards:${at(provider, 'providers', 0, 'options', 'path')}:ro`)
  })

  test('every panel has a place of its own', () => {
    const panels = at(dashboard, 'panels') as Fields[]
    const ids = panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const cells = panels.flatMap(({ gridPos }) => {
      const { x, y, w } = gridPos as Record<string, number>
      return Array.from({ length: w as number }, (_, i) => `${(x as number) + i} ${y}`)
    })
    expect(new Set(cells).size).toBe(cells.length)
  })

  test('what to do about an alert is written down', () => {
    const docs = ['operations.md', 'production.md'].map((file) => readFileSync(`${root}docs/${file}`, 'utf8')).join('\n')
    expect(rules.map(({ alert }) => alert as string).filter((name) => !docs.includes(`\`${name}\``))).toEqual([])
  })

  test('the alerts in Kubernetes are the same', () => {
    const [rule] = documentsIn(textOf('kubernetes/components/prometheus-operator/prometheus-rule.yaml')) as [Fields]
    expect(at(rule, 'spec', 'groups')).toEqual(alerts.groups)
  })

  test('with Docker Compose every service is asked', async () => {
    const [prometheus] = documentsIn(textOf('prometheus/servers.yml')) as [Fields]
    const jobs = prometheus.scrape_configs as Fields[]
    const addresses = jobs
      .flatMap((job) => (at(job, 'static_configs', 0, 'targets') ?? []) as string[])
      .map((target) => target.split(':')[0])
    const names = jobs.flatMap((job) => (at(job, 'dns_sd_configs', 0, 'names') ?? []) as string[])
    expect([...addresses, ...names].toSorted()).toEqual(await serviceNames())
  })
})

const possible = canRun('promtool', ['--version'])
;(possible ? test : test.skip)('promtool finds that the alerts do what they say', () => {
  expect(run('promtool', ['test', 'rules', 'prometheus/alerts.test.yml'])).toContain('SUCCESS')
})
