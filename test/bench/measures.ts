import { ingestGroup, partitionCount, topics } from '@perennial/contracts'
import type { Engine } from '@perennial/engine'
import { measureLatency } from './latency.ts'
import { reachedBy, type Shop, until } from './side.ts'
import type { Used } from './worker.ts'
import type { Worker } from './workers.ts'

export interface Measured {
  /** What the seconds are divided by for a speed; 0 where there is none. */
  events: number
  seconds: number
  /** Each process of Perennial. */
  used: Used[]
  details?: Record<string, number>
}

export interface MeasureOptions {
  events: number
  members: number
  seed: number
  latency: { perSecond: number; seconds: number }
}

/** Such as a shop with its history is measured with, one after the other. */
export type Measure = (shop: Shop, options: MeasureOptions) => Promise<Measured>

const lookEveryMs = 20
/** Nobody waits longer than this for anything. */
const waitMaxMs = 600_000

export const publish: Measure = async (shop, { events, members, seed }) => {
  const worker = await shop.start('publisher')
  const seconds = await worker.tell({ do: 'publish', events, members, seed })
  return { events, seconds, used: [await worker.close()] }
}

export const ingest: Measure = async (shop, { events }) => {
  const worker = await shop.start('main')
  const seconds = await worker.tell({ do: 'ingest' })
  return { events, seconds, used: [await worker.close()] }
}

export function project(readModels: readonly string[], processes = 1): Measure {
  return async (shop, { events }) => {
    shop.emptyReadModels()
    const watching = await shop.watch()
    const workers = await Promise.all(Array.from({ length: processes }, (_, index) => shop.start(index === 0 ? 'main' : `other-${index}`)))
    try {
      const head = await watching.eventStore.head()
      const start = performance.now()
      for (const worker of workers) await worker.tell({ do: 'run', services: readModels })
      await reach(watching, readModels, head)
      return { events, seconds: since(start), used: await closeAll(workers) }
    } finally {
      await watching.close()
    }
  }
}

/** From the bus into the read models while all services run; what has to be relayed afterwards is told beside. */
export function endToEnd(readModels: readonly string[], processes: 1 | 2): Measure {
  return async (shop, { events }) => {
    const watching = await shop.watch()
    const workers = await startServices(shop, readModels, processes)
    try {
      const start = performance.now()
      for (const { worker, services } of workers) await worker.tell({ do: 'run', services })
      await until(async () => (await messagesLeft(watching)) === 0, { everyMs: 200, failed: AbortSignal.timeout(waitMaxMs) })
      const ingested = since(start)
      const head = await watching.eventStore.head()
      await reach(watching, readModels, head)
      const seconds = since(start)
      await until(async () => (await notRelayed(watching)) === 0, { everyMs: 200, failed: AbortSignal.timeout(waitMaxMs) })
      const details = { secondsUntilInTheLog: round(ingested), secondsUntilRelayed: round(since(start)) }
      return { events, seconds, used: await closeAll(workers.map(({ worker }) => worker)), details }
    } finally {
      await watching.close()
    }
  }
}

/** From being published to standing in the points read model, while all services run. */
export function latency(readModels: readonly string[], processes: 1 | 2): Measure {
  return async (shop, options) => {
    const watching = await shop.watch()
    const workers = await startServices(shop, readModels, processes)
    try {
      for (const { worker, services } of workers) await worker.tell({ do: 'run', services })
      const measured = await measureLatency(watching, options)
      return { ...measured, used: await closeAll(workers.map(({ worker }) => worker)) }
    } finally {
      await watching.close()
    }
  }
}

/** Two processes share points; the first is killed, and events go on coming. */
export const takeOver: Measure = async (shop, options) => {
  const watching = await shop.watch()
  const [first, second] = [await shop.start('main'), await shop.start('other-1')]
  const ingest = await shop.start('ingest')
  try {
    const points = watching.projectors.filter(({ name }) => name === 'points')
    const readModel = await watching.readStores.get('points')?.live(points[0] as (typeof points)[number])
    if (!readModel) throw new Error('no points read model')
    for (const worker of [first, second]) await worker.tell({ do: 'run', services: ['points'] })
    await ingest.tell({ do: 'run', services: ['ingest'] })
    const owners = async () => new Set((await readModel.leases()).map(({ owner }) => owner))
    const held = async () => (await readModel.leases()).length
    await until(async () => (await owners()).size === 2 && (await held()) === partitionCount, {
      everyMs: 50,
      failed: AbortSignal.timeout(waitMaxMs),
    })
    const start = performance.now()
    const before = await watching.eventStore.head()
    await first.kill()
    await ingest.tell({ do: 'publish', events: 1_000, members: 1_000, seed: options.seed + 2, isLater: true })
    await until(async () => (await messagesLeft(watching)) === 0, { everyMs: 50, failed: AbortSignal.timeout(waitMaxMs) })
    const head = await watching.eventStore.head()
    if (head === before) throw new Error('The events that were to be taken over are not in the log.')
    await reach(watching, ['points'], head)
    return { events: 0, seconds: since(start), used: await closeAll([second, ingest]) }
  } finally {
    await watching.close()
  }
}

/** All in one process, or those that take in apart from those that project. */
async function startServices(shop: Shop, readModels: readonly string[], processes: 1 | 2) {
  const others = ['ingest', 'settlement', 'relay']
  const groups = processes === 2 ? [others, readModels] : [[...others, ...readModels]]
  const started: { worker: Worker; services: readonly string[] }[] = []
  for (const [index, services] of groups.entries())
    started.push({ worker: await shop.start(index === 0 ? 'main' : `other-${index}`), services })
  return started
}

function reach(watching: Engine, readModels: readonly string[], position: number): Promise<void> {
  const done = async () => (await reachedBy(watching, readModels)) >= position
  return until(done, { everyMs: lookEveryMs, failed: AbortSignal.timeout(waitMaxMs) })
}

function messagesLeft({ bus }: Engine): Promise<number> {
  return bus.lag(topics.events, ingestGroup(topics.events))
}

async function notRelayed({ readStores }: Engine): Promise<number> {
  const lags = await Promise.all([...readStores.values()].flatMap((store) => [store.outboxLag(), store.rowsLag()]))
  return lags.reduce((sum, lag) => sum + lag, 0)
}

async function closeAll(workers: readonly Worker[]): Promise<Used[]> {
  return Promise.all(workers.map((worker) => worker.close()))
}

function since(start: number): number {
  return (performance.now() - start) / 1_000
}

function round(value: number): number {
  return Number(value.toFixed(2))
}
