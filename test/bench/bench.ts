import { fork } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Programme } from '@perennial/contracts'
import type { Measured, PhaseName, PhaseOptions } from './phases.ts'

export { parseBackend } from './backend.ts'
export { measureNames, runBeside } from './beside.ts'

export interface BenchOptions {
  events: number
  members: number
  seed: number
  /** The default one without it. */
  programme?: Programme
  /** File for the figures, as JSON. */
  out: string
  json: boolean
}

type Result = Measured & { phase: PhaseName; perSecond: number; peakMegabytes: number }

const order: readonly PhaseName[] = ['publish', 'ingest', 'bare-insert', 'project', 'bare-read', 'rebuild', 'live', 'lookup']

const titles: Record<PhaseName, string> = {
  publish: 'publish on the bus',
  ingest: 'ingest: bus to log',
  'bare-insert': '  limit: bare insert loop, same rows',
  project: 'project: log to five read models',
  'bare-read': '  limit: bare page reads + JSON.parse',
  rebuild: 'rebuild of all five read models',
  live: 'live: publish, ingest, project, 200 at a time',
  lookup: 'look-ups in read models',
}

/** Runs all phases one after the other on a new data directory, prints and saves the figures. */
export async function runBench({ events, members, seed, programme, out, json }: BenchOptions): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'perennial-bench-'))
  const results: Result[] = []
  try {
    if (!json)
      console.log(
        `${events.toLocaleString('en-GB')} events of ${members.toLocaleString('en-GB')} members, seed ${seed}, on ${cpus().length} cores\n`,
      )
    for (const phase of order) {
      const measured = await runPhase(phase, { directory, events, members, seed, ...(programme && { programme }) })
      const result = { phase, ...measured, perSecond: Math.round(measured.units / measured.seconds) }
      results.push(result)
      if (!json) console.log(line(result))
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  const speed = (phase: PhaseName) => results.find((result) => result.phase === phase)?.perSecond ?? 0
  const ratios = {
    ingestToBareInsert: round(speed('ingest') / speed('bare-insert')),
    projectToBareRead: round(speed('project') / speed('bare-read')),
    rebuildToBareRead: round(speed('rebuild') / speed('bare-read')),
    peakMegabytes: Math.max(...results.map(({ peakMegabytes }) => peakMegabytes)),
  }
  const report = {
    events,
    members,
    seed,
    programme: programme?.programme ?? 'default',
    node: process.version,
    cores: cpus().length,
    cpu: cpus()[0]?.model,
    results,
    ratios,
  }
  writeFileSync(out, `${JSON.stringify(report, null, 2)}\n`)
  if (json) {
    console.log(JSON.stringify(report, null, 2))
    return
  }
  console.log(`
ingest  / bare insert loop        ${ratios.ingestToBareInsert.toFixed(2)}   (aim 0.50)
rebuild / bare reads + JSON.parse ${ratios.rebuildToBareRead.toFixed(2)}   (aim 0.50)
peak memory                       ${ratios.peakMegabytes} MB (aim 512)

Saved as ${out}.`)
}

function line({ phase, perSecond, seconds, peakMegabytes, details }: Result): string {
  const extra = details
    ? Object.entries(details)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')
    : ''
  return `${titles[phase].padEnd(46)} ${perSecond.toLocaleString('en-GB').padStart(10)} /s ${seconds.toFixed(2).padStart(8)} s ${String(peakMegabytes).padStart(6)} MB  ${extra}`.trimEnd()
}

function runPhase(phase: PhaseName, options: PhaseOptions): Promise<Measured & { peakMegabytes: number }> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL('./run-phase.ts', import.meta.url))
    let answer: (Measured & { peakMegabytes: number }) | undefined
    child.on('message', (message) => {
      answer = message as Measured & { peakMegabytes: number }
    })
    child.on('error', reject)
    child.on('exit', (code) => (answer ? resolve(answer) : reject(new Error(`phase ${phase} ended with status ${code}`))))
    child.send({ phase, options })
  })
}

function round(value: number): number {
  return Number(value.toFixed(2))
}
