import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Programme, topics } from '@perennial/contracts'
import { type Engine, openEngine } from '@perennial/engine'
import { publishProgramme } from '@perennial/event-store'
import { createReader } from '@perennial/projector'
import { benchEvents } from '@perennial/sample-shop'
import { afterHistory } from './after-history.ts'

/** What one phase measured; memory is added by the process that ran it. */
export interface Measured {
  /** Events, or look-ups. */
  units: number
  seconds: number
  details?: Record<string, number>
}

export interface PhaseOptions {
  directory: string
  events: number
  members: number
  seed: number
  programme?: Programme
}

/** The history ends at the end of 2024; a little later everything has been recorded. */
const now = Date.parse('2025-01-15T00:00:00Z')
const rowsPerTransaction = 20_000
const rowsPerPage = 5_000
const lookups = 20_000

type Phase = (options: PhaseOptions) => Promise<Measured>

/**
 * Each phase runs in a process of its own, so that memory and warmed-up code of one do not flatter another. They build
 * on each other's files, in this order.
 */
export const phases = {
  publish: withEngine(async (engine, options) => {
    if (options.programme) await publishProgramme(engine.eventStore, beforeAll(options.programme), now)
    const start = performance.now()
    let batch: { key: string; value: string }[] = []
    for (const { memberId, json } of benchEvents(options)) {
      batch.push({ key: memberId, value: json })
      if (batch.length === rowsPerPage) {
        await engine.bus.publish(topics.events, batch)
        batch = []
      }
    }
    await engine.bus.publish(topics.events, batch)
    return { units: options.events, seconds: since(start) }
  }),

  ingest: withEngine(async (engine) => {
    const ingest = serviceOf(engine, 'ingest')
    const start = performance.now()
    await ingest.drain()
    const seconds = since(start)
    return { units: await engine.eventStore.head(), seconds }
  }),

  /** The rows of the log, into a table without any index but the key, with the settings of the log. */
  'bare-insert': async ({ directory }) => {
    const log = new DatabaseSync(join(directory, 'log.db'), { readOnly: true })
    const bare = new DatabaseSync(join(directory, 'bare.db'))
    bare.exec(
      'PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 4000; PRAGMA synchronous = full; PRAGMA cache_size = -65536',
    )
    bare.exec(
      'CREATE TABLE events (position INTEGER PRIMARY KEY, stream INTEGER, revision INTEGER, type TEXT, version INTEGER, source INTEGER, id TEXT, occurred_at INTEGER, recorded_at INTEGER, data TEXT, metadata TEXT) STRICT',
    )
    const page = log.prepare('SELECT * FROM events WHERE position > ? ORDER BY position LIMIT ?')
    page.setReturnArrays(true)
    const insert = bare.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    let units = 0
    let seconds = 0
    for (let after = 0; ; ) {
      const rows = page.all(after, rowsPerTransaction) as unknown as [number, ...string[]][]
      const last = rows.at(-1)
      if (!last) break
      after = last[0]
      const start = performance.now()
      bare.exec('BEGIN')
      for (const row of rows) insert.run(...row)
      bare.exec('COMMIT')
      seconds += since(start)
      units += rows.length
    }
    return { units, seconds }
  },

  /** Pages of the log and `JSON.parse` of each event's data: what any reader of it must at least do. */
  'bare-read': async ({ directory }) => {
    const log = new DatabaseSync(join(directory, 'log.db'), { readOnly: true })
    log.exec('PRAGMA cache_size = -65536')
    const page = log.prepare('SELECT * FROM events WHERE position > ? ORDER BY position LIMIT ?')
    page.setReturnArrays(true)
    const start = performance.now()
    let units = 0
    for (let after = 0; ; ) {
      const rows = page.all(after, rowsPerPage) as unknown as [number, ...string[]][]
      const last = rows.at(-1)
      if (!last) break
      after = last[0]
      for (const row of rows) JSON.parse(row[9] as string)
      units += rows.length
    }
    return { units, seconds: since(start) }
  },

  /** From an empty read model to the head of the log, announcements included. */
  project: withEngine(async (engine) => {
    const start = performance.now()
    await engine.drain()
    return { units: await engine.eventStore.head(), seconds: since(start) }
  }),

  rebuild: withEngine(async (engine) => {
    const start = performance.now()
    await engine.rebuild()
    return { units: await engine.eventStore.head(), seconds: since(start) }
  }),

  /** Events that arrive one by one while all services run: published 200 at a time, until the last has reached the last read model. */
  live: withEngine(async (engine, options) => {
    const events = 20_000
    const batch = 200
    const messages = [...benchEvents({ ...options, seed: options.seed + 1, events })].map(({ memberId, json }, index) => ({
      key: memberId,
      value: afterHistory(json, index),
    }))
    const goal = (await engine.eventStore.head()) + events
    const stop = new AbortController()
    const running = engine.run(stop.signal, { only: ['ingest', ...engine.projectors.map(({ name }) => name), 'relay'] })
    const start = performance.now()
    for (let index = 0; index < messages.length; index += batch) {
      await engine.bus.publish(topics.events, messages.slice(index, index + batch))
      await new Promise(setImmediate)
    }
    while ((await slowestPosition(engine)) < goal) await new Promise((resolve) => setTimeout(resolve, 5))
    const seconds = since(start)
    stop.abort()
    await running
    return { units: events, seconds }
  }),

  lookup: withEngine(async (engine, options) => {
    const reader = createReader(engine)
    const ids: string[] = []
    for await (const members of engine.eventStore.readHistories({
      upTo: await engine.eventStore.head(),
      partitions: [options.seed % 64],
    })) {
      ids.push(...members.map(({ memberId }) => memberId))
    }
    const times: number[] = []
    const start = performance.now()
    for (let index = 0; index < lookups; index++) {
      const projector = engine.projectors[index % engine.projectors.length] as (typeof engine.projectors)[number]
      const one = performance.now()
      await reader.row(projector, ids[(index * 7919) % ids.length] as string)
      times.push(performance.now() - one)
    }
    const seconds = since(start)
    times.sort((a, b) => a - b)
    const at = (share: number) => Number(((times[Math.floor(times.length * share)] ?? 0) * 1000).toFixed(0))
    return { units: lookups, seconds, details: { p50Microseconds: at(0.5), p99Microseconds: at(0.99) } }
  }),
} as const satisfies Record<string, Phase>

export type PhaseName = keyof typeof phases

function withEngine(work: (engine: Engine, options: PhaseOptions) => Promise<Measured>): Phase {
  return async (options) => {
    const engine = openEngine({ dataDirectory: options.directory, clock: () => now })
    try {
      return await work(engine, options)
    } finally {
      await engine.close()
    }
  }
}

async function slowestPosition(engine: Engine): Promise<number> {
  const positions = await Promise.all(
    engine.projectors.map(async (projector) => (await engine.readStores.get(projector.name)?.live(projector))?.checkpoints()),
  )
  return Math.min(...positions.flatMap((checkpoints) => checkpoints?.map(({ position }) => position) ?? 0))
}

function serviceOf(engine: Engine, name: string) {
  const service = engine.services.find((candidate) => candidate.name === name)
  if (!service) throw new Error(`no service ${name}`)
  return service
}

/** In force from before the first event on, whatever currency the events are in. */
function beforeAll({ currency: _, ...programme }: Programme): Programme {
  return { ...programme, effectiveFrom: '2000-01-01' }
}

function since(start: number): number {
  return (performance.now() - start) / 1000
}
