import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Backend } from './backend.ts'
import { type BenchServers, startBenchServers } from './bench-servers.ts'
import { endToEnd, ingest, latency, type Measure, type Measured, type MeasureOptions, project, publish, takeOver } from './measures.ts'
import { usageOf } from './process-usage.ts'
import { createSide, fourReadModels, readModelNames, type Shop, type Side } from './side.ts'
import { createWorkers } from './workers.ts'

export interface BesideOptions {
  backend: Backend
  /** As it was asked for. */
  spec: string
  events: number
  members: number
  seed: number
  /** Processes of Perennial in the measures where all services run: 1, or 2, which take in and project. */
  processes: 1 | 2
  /** Of these only, by name. */
  measures?: readonly string[]
  /** Directory for a CPU profile of every process of Perennial. */
  profiles?: string
  out: string
  json: boolean
}

interface Step {
  name: string
  title: string
  measure: Measure
  /** Begins with a bus and a log that hold nothing. */
  isNew?: boolean
  /** Where read models cannot be shared, there is nothing to measure. */
  needsSharing?: boolean
}

/** What a server used while something was measured. */
interface ServerUse {
  name: string
  cpuSeconds: number
  megabytes: number
}

type Outcome = Measured & { perSecond?: number; servers: ServerUse[] }

/** The history ends at the end of 2024; a little later everything has been recorded. */
const now = Date.parse('2025-01-15T00:00:00Z')
const stopMsMax = 5_000
const latencyOf = { perSecond: 1_000, seconds: 30 }
const columns = { title: 42, figure: 24 }

function stepsOf(processes: 1 | 2): Step[] {
  const four = 'tier, points, lifecycle, churn-risk'
  return [
    { name: 'publish', title: 'publish on the bus', measure: publish, isNew: true },
    { name: 'ingest', title: 'ingest: bus to log', measure: ingest },
    { name: 'four', title: 'project: log to four read models', measure: project(fourReadModels) },
    { name: 'five', title: 'project: log to all five', measure: project(readModelNames) },
    { name: 'points', title: 'points alone, one process', measure: project(['points']) },
    { name: 'points-shared', title: 'points alone, two processes', measure: project(['points'], 2), needsSharing: true },
    { name: 'take-over', title: 'one is killed: the other has it all', measure: takeOver, needsSharing: true },
    { name: 'publish-again', title: 'publish, for what follows', measure: publish, isNew: true },
    { name: 'end-to-end', title: `bus to ${four}`, measure: endToEnd(fourReadModels, processes) },
    {
      name: 'latency',
      title: `${latencyOf.perSecond.toLocaleString('en-GB')}/s for ${latencyOf.seconds} s`,
      measure: latency(readModelNames, processes),
    },
  ]
}

/**
 * Measures the embedded engine and one on servers with the same events, in turns, and prints and saves the figures.
 * Ctrl-C stops the servers that it started; nothing is left behind.
 *
 * @throws PerennialError `usage` where a server cannot be started here
 */
export async function runBeside(options: BesideOptions): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'perennial-bench-'))
  const workers = createWorkers(options.profiles)
  let servers: BenchServers | undefined
  let work: Promise<unknown> = Promise.resolve()
  let wasStopped = false
  const stopped = Promise.withResolvers<never>()
  const onSignal = () => stopped.reject(new Interrupted())
  stopped.promise.catch(() => {})
  // Whoever starts it may pass on what the terminal has sent already: it is stopped once, and to the end.
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    servers = await startBenchServers(options.backend)
    const side = (name: string, on: BenchServers | undefined) => createSide({ name, directory, servers: on, workers, now })
    work = measureAll([side('embedded', undefined), side(options.spec, servers)], options)
    await Promise.race([work, stopped.promise])
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    wasStopped = true
  } finally {
    await workers.killAll()
    // What it was doing fails now; it must not begin anything else in a directory that is gone.
    await Promise.race([work.catch(() => {}), sleep(stopMsMax, undefined, { ref: false })])
    await servers?.stop()
    rmSync(directory, { recursive: true, force: true })
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
  if (!wasStopped) return
  console.error('Stopped; nothing is left behind.')
  // Clients that look for a server that is gone would hold the process for a while.
  process.exit(130)
}

class Interrupted extends Error {}

async function measureAll(sides: readonly Side[], options: BesideOptions): Promise<void> {
  const { events, members, seed, processes, json, out, spec } = options
  const say = (text: string) => (json ? undefined : console.log(text))
  say(`${count(events)} events of ${count(members)} members, seed ${seed}, on ${cpus().length} cores; the two in turns\n`)
  say(
    row(
      '',
      sides.map(({ name }) => name),
    ),
  )
  const shops = new Map<Side, Shop>()
  const measures: { name: string; title: string; sides: Record<string, Outcome> }[] = []
  for (const { name, title, measure, isNew, needsSharing } of chosen(stepsOf(processes), options.measures)) {
    const outcomes: (Outcome | undefined)[] = []
    for (const side of sides) {
      const missing = needsSharing === true && side.servers?.readStore === undefined
      if (isNew || !shops.has(side)) shops.set(side, await side.newShop())
      const shop = shops.get(side) as Shop
      outcomes.push(missing ? undefined : await withServers(side, () => measure(shop, { events, members, seed, latency: latencyOf })))
    }
    measures.push({ name, title, sides: Object.fromEntries(sides.flatMap(({ name }, at) => (outcomes[at] ? [[name, outcomes[at]]] : []))) })
    for (const line of linesOf(title, outcomes)) say(line)
  }
  const report = {
    backend: spec,
    events,
    members,
    seed,
    processes,
    node: process.version,
    cores: cpus().length,
    cpu: cpus()[0]?.model,
    measures,
  }
  writeFileSync(out, `${JSON.stringify(report, null, 2)}\n`)
  if (json) console.log(JSON.stringify(report, null, 2))
  for (const line of usageLines(measures.map(({ title, sides }) => ({ title, outcome: sides[spec] })))) say(line)
  say(`\n${explanation}\n\nSaved as ${out}.`)
}

const explanation = `Services run as under "perennial up", without the learner and the API; every projector for itself.
An event has arrived when the checkpoint of its partition in the points read model has reached it: that is committed
together with the members' rows, and looked at every 5 ms. It counts from the instant at which it was to be published.
The stand-in for KurrentDB is a Node process of ours: it says nothing about how fast KurrentDB is.`

/** Of a later measure, those before it that it builds on are run too. */
function chosen(steps: readonly Step[], names: readonly string[] | undefined): Step[] {
  if (!names) return [...steps]
  const wanted = new Set(names)
  const begins = steps.findLastIndex(({ isNew }) => isNew)
  if (steps.slice(1, begins).some(({ name }) => wanted.has(name))) wanted.add('publish')
  if (steps.slice(2, begins).some(({ name }) => wanted.has(name))) wanted.add('ingest')
  if (steps.slice(begins).some(({ name }) => wanted.has(name))) wanted.add('publish-again')
  return steps.filter(({ name }) => wanted.has(name))
}

export const measureNames: readonly string[] = stepsOf(1).map(({ name }) => name)

/** With what the servers used meanwhile; they are looked at every second. */
async function withServers({ servers }: Side, measure: () => Promise<Measured>): Promise<Outcome> {
  const ours = (servers?.all() ?? []).flatMap(({ name, pid }) =>
    pid === undefined ? [] : [{ name, pid, before: usageOf(pid), megabytes: 0 }],
  )
  const look = () => {
    for (const server of ours) server.megabytes = Math.max(server.megabytes, usageOf(server.pid)?.megabytes ?? 0)
  }
  const looking = setInterval(look, 1_000)
  try {
    const measured = await measure()
    look()
    const used = ours.map(({ name, pid, before, megabytes }) => ({
      name,
      megabytes,
      cpuSeconds: round((usageOf(pid)?.cpuSeconds ?? 0) - (before?.cpuSeconds ?? 0)),
    }))
    const perSecond = measured.events > 0 ? { perSecond: Math.round(measured.events / measured.seconds) } : {}
    return { ...measured, ...perSecond, servers: used }
  } finally {
    clearInterval(looking)
  }
}

function linesOf(title: string, outcomes: readonly (Outcome | undefined)[]): string[] {
  const figures = outcomes.map((outcome) => {
    if (!outcome) return '-'
    return outcome.perSecond === undefined ? `${outcome.seconds.toFixed(1)} s` : `${count(outcome.perSecond)} /s`
  })
  const more = new Set(outcomes.flatMap((outcome) => Object.keys(outcome?.details ?? {})))
  const details = [...more].map((name) =>
    row(
      `  ${name}`,
      outcomes.map((outcome) => String(outcome?.details?.[name] ?? '-')),
    ),
  )
  return [row(title, figures), ...details]
}

/** Where the time goes: of the processor, per event, and the most memory. */
function usageLines(measured: readonly { title: string; outcome: Outcome | undefined }[]): string[] {
  const lines: string[] = ['', 'On servers: seconds of processor time, and most megabytes, of each']
  for (const { title, outcome } of measured) {
    if (!outcome) continue
    const own = outcome.used.map(({ cpuSeconds, megabytes }) => `${cpuSeconds.toFixed(1)} s ${megabytes} MB`).join(' + ')
    const others = outcome.servers.map(({ name, cpuSeconds, megabytes }) => `${name} ${cpuSeconds.toFixed(1)} s ${megabytes} MB`)
    lines.push(`${title.padEnd(columns.title)} ${[`Perennial ${own}`, ...others].join(', ')}`)
  }
  return lines
}

function row(title: string, figures: readonly string[]): string {
  return `${title.padEnd(columns.title)}${figures.map((figure) => figure.padStart(columns.figure)).join('')}`
}

function count(value: number): string {
  return value.toLocaleString('en-GB')
}

function round(value: number): number {
  return Number(value.toFixed(2))
}

export type { MeasureOptions }
