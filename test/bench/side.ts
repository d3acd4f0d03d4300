import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Configuration, configurationSchema } from '@perennial/contracts'
import { type Engine, openConfiguredEngine } from '@perennial/engine'
import { reachedPosition } from '@perennial/read-store'
import { createLogger, fixedClock } from '@perennial/runtime'
import type { BenchServers } from './bench-servers.ts'
import type { Worker, Workers } from './workers.ts'

/** One of the two that are compared: the same code on files, and on servers. */
export interface Side {
  name: string
  servers: BenchServers | undefined
  /** Another shop, with nothing in it. */
  newShop(): Promise<Shop>
}

/** A bus, a log and read models of their own. */
export interface Shop {
  /** The process of each name has a directory of its own, as on another machine, where everything else allows it. */
  start(name: string): Promise<Worker>
  /** Looks on, without anybody noticing. */
  watch(): Promise<Engine>
  /** From here on, processes find empty read models; the log stays. */
  emptyReadModels(): void
}

export interface SideOptions {
  name: string
  directory: string
  servers: BenchServers | undefined
  workers: Workers
  now: number
}

export function createSide({ name, directory, servers, workers, now }: SideOptions): Side {
  let shops = 0
  return {
    name,
    servers,
    async newShop() {
      const shop = `${name}-${++shops}`.replaceAll(/\W/g, '-')
      if (shops > 1) await servers?.renewEventStore()
      return createShop(join(directory, shop), shop, servers, (configuration) => workers.start(configuration, now), now)
    },
  }
}

/** Nobody else uses these names, also on servers that others use. */
const run = `bench-${Date.now().toString(36)}`

function createShop(
  directory: string,
  shop: string,
  servers: BenchServers | undefined,
  start: (configuration: Configuration) => Promise<Worker>,
  now: number,
): Shop {
  let readModels = 1
  const { bus, eventStore, readStore } = servers ?? {}
  const onFiles = bus === undefined || eventStore === undefined || readStore === undefined

  function configurationOf(process: string): Configuration {
    const data = join(directory, onFiles ? 'data' : process)
    mkdirSync(data, { recursive: true })
    return configurationSchema.parse({
      data,
      ...(bus && { bus: bus.address, kafka: { prefix: `${run}-${shop}-` } }),
      ...(eventStore && { eventStore: eventStore.address, kurrentdb: { namespace: `${run}-${shop}-` } }),
      ...(readStore && { readStore: readStore.address, postgres: { schema: `${run}_${shop}_${readModels}`.replaceAll('-', '_') } }),
      log: 'error',
    })
  }

  return {
    start: (process) => start(configurationOf(process)),
    watch: () => openConfiguredEngine(configurationOf('watching'), { clock: fixedClock(now), logger: createLogger('error') }),
    emptyReadModels() {
      readModels++
      if (readStore) return
      for (const name of readModelNames)
        for (const end of ['', '-wal', '-shm']) rmSync(join(directory, 'data', `${name}.db${end}`), { force: true })
    },
  }
}

export const fourReadModels: readonly string[] = ['tier', 'points', 'lifecycle', 'churn-risk']
export const readModelNames: readonly string[] = [...fourReadModels, 'value']

/** The position that all of these read models have reached. */
export async function reachedBy(engine: Engine, names: readonly string[]): Promise<number> {
  const chosen = engine.projectors.filter(({ name }) => names.includes(name))
  const positions = chosen.map(async (projector) => {
    const readModel = await engine.readStores.get(projector.name)?.live(projector)
    return readModel ? reachedPosition(await readModel.checkpoints()) : 0
  })
  return Math.min(...(await Promise.all(positions)))
}

export async function until(
  condition: () => Promise<boolean>,
  { everyMs, failed }: { everyMs: number; failed?: AbortSignal },
): Promise<void> {
  while (!(await condition())) {
    failed?.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
