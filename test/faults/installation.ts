import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfiguration } from '@perennial/configuration'
import { ingestGroup, PerennialError, topics } from '@perennial/contracts'
import { type Engine, openConfiguredEngine } from '@perennial/engine'
import { reachedPosition } from '@perennial/read-store'
import { createLogger, fixedClock } from '@perennial/runtime'
import { bin, readModelNames, temporaryDirectory } from '../end-to-end/support/command-line.ts'
import { childEnvironment, type Fleet, startFleet } from './fleet.ts'
import { isFull } from './form.ts'
import { exportsFrom } from './reference.ts'
import type { Servers } from './servers.ts'

/** One installation of Perennial on the servers, apart from all others there. */
export interface Installation {
  /** An engine that reaches the servers as the processes do: through the bad network. */
  sender: Engine
  /** One that reaches them directly, apart from Kafka, whose clients always go where the broker sends them. */
  observer: Engine
  start(processes: Readonly<Record<string, readonly string[]>>, nowOf?: (name: string) => string): Fleet
  /** The command line, directly at the servers; answers its standard output. */
  cli(now: string, ...args: string[]): Promise<string>
  /** A command through the bad network that is killed after a while, if it has not ended by then; answers whether it was killed. */
  killedCommand(now: string, args: readonly string[], afterMs: number): Promise<boolean>
  close(): Promise<void>
}

export interface InstallationOptions {
  name: string
  now: string
  settings?: Readonly<Record<string, string>>
}

export async function install(servers: Servers, { name, now, settings = {} }: InstallationOptions): Promise<Installation> {
  const home = temporaryDirectory()
  const apart = {
    PERENNIAL_KAFKA_PREFIX: `${name}-`,
    PERENNIAL_POSTGRES_SCHEMA: `faults_${name.replaceAll('-', '_')}`,
    PERENNIAL_KURRENTDB_NAMESPACE: `${name}-`,
    ...settings,
  }
  const { kafka, postgres, kurrentdb } = servers
  const bad = {
    ...apart,
    PERENNIAL_BUS: kafka.address,
    PERENNIAL_EVENT_STORE: kurrentdb.address,
    PERENNIAL_READ_STORE: postgres.address,
  }
  const direct = { ...bad, PERENNIAL_EVENT_STORE: kurrentdb.server.url, PERENNIAL_READ_STORE: postgres.server.url }
  const open = async (environment: Readonly<Record<string, string>>, directory: string) =>
    openConfiguredEngine(await readConfiguration({ environment, directory: home, flags: { data: join(home, directory) } }), {
      clock: fixedClock(Date.parse(now)),
      logger: createLogger('silent'),
    })
  const run = (environment: Readonly<Record<string, string>>, data: string, instant: string, args: readonly string[]) =>
    spawn(process.execPath, [bin, '--data', join(home, data), '--now', instant, ...args], {
      cwd: home,
      env: childEnvironment(environment),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  // One after the other: both make what is missing.
  const observer = await open(direct, 'observer')
  const sender = await open(bad, 'sender')
  return {
    sender,
    observer,
    start: (processes, nowOf = () => now) => startFleet({ processes, env: bad, dataOf: (process) => join(home, process), nowOf }),
    async cli(instant, ...args) {
      const child = run(direct, `command-${args.join('-')}`, instant, args)
      const [out, error, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
      if (code !== 0) throw new Error(`perennial ${args.join(' ')} ended with ${code}:\n${error}`)
      return out
    },
    async killedCommand(instant, args, afterMs) {
      const child = run(bad, 'killed', instant, args)
      const exited = once(child, 'exit')
      const over = new AbortController()
      await Promise.race([exited, sleep(afterMs, undefined, { signal: over.signal }).catch(() => {})])
      over.abort()
      const killed = child.kill('SIGKILL')
      await exited
      return killed
    },
    async close() {
      await Promise.all([sender.close(), observer.close()])
    },
  }
}

/** What is still to be done, as `perennial status` counts it and more: also rows to publish, and members whose time has come. */
export async function leftToDo(
  { bus, eventStore, settlementProgress, waitingRoom, readStores, projectors }: Engine,
  now: number,
): Promise<string> {
  const left: Record<string, number> = {
    ingest: await bus.lag(topics.events, ingestGroup(topics.events)),
    settlement: await eventStore.countAfter(await settlementProgress.position()),
    waiting: (await waitingRoom.due({ at: now, limit: 1 })).length,
  }
  for (const projector of projectors) {
    const store = readStores.get(projector.name)
    if (!store) continue
    const readModel = await store.live(projector)
    const checkpoints = await readModel.checkpoints()
    left[projector.name] = await eventStore.countAfter(reachedPosition(checkpoints))
    left[`time of ${projector.name}`] = checkpoints.filter(({ clock, sweep }) => clock < now || sweep !== null).length
    left[`parked in ${projector.name}`] = (await readModel.counts()).parked
    left[`announcements of ${projector.name}`] = await store.outboxLag()
    left[`rows of ${projector.name}`] = await store.rowsLag()
  }
  return Object.entries(left)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

/** Resolves once there is nothing left to do; answers how long that took, in seconds. */
export async function caughtUp({ observer }: Installation, now: string, fleet: Fleet, secondsMax = 120): Promise<number> {
  const begun = performance.now()
  const seconds = () => (performance.now() - begun) / 1000
  let left = 'everything'
  while (left !== '') {
    if (seconds() > secondsMax) {
      throw new Error(
        `after ${secondsMax} s there is left: ${left}; ended by themselves: ${fleet.ended().join('\n') || 'none'}\n${fleet.names.map((name) => `${name}: ${fleet.said(name).slice(-600)}`).join('\n')}`,
      )
    }
    await sleep(100)
    left = await leftToDo(observer, Date.parse(now)).catch((error: unknown) => {
      if (error instanceof PerennialError && error.code === 'store-unavailable') return 'a server that does not answer'
      throw error
    })
  }
  return seconds()
}

/** The five read models: in full by the command line, all at once; in short by what that calls. */
export async function exportsOf({ cli, observer }: Installation, now: string): Promise<Record<string, string>> {
  if (!isFull) return exportsFrom(observer, now)
  const texts = await Promise.all(readModelNames.map((model) => cli(now, 'export', model)))
  return Object.fromEntries(readModelNames.map((model, index) => [model, texts[index] as string]))
}
