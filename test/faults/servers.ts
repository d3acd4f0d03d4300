import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type LocalBroker, startLocalBroker } from '../../infra/kafka-local/broker.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

/** A server, and the network before it. */
interface Behind<Server> {
  server: Server
  proxy: TcpProxy
  /** Through the proxy. */
  address: string
}

/** Real servers, one of each, and a stand-in where there is none to be had. */
export interface Servers {
  kafka: Behind<LocalBroker>
  postgres: Behind<PostgresServer>
  kurrentdb: Behind<{ url: string; stop(): Promise<void> }>
  /** Stops PostgreSQL as a failing machine does: without a word to anybody, and without writing down what it has in memory. */
  stopPostgresHard(): Promise<void>
  stop(): Promise<void>
}

export async function startServers(): Promise<Servers> {
  const [kafkaProxy, postgresProxy, kurrentdbProxy] = await Promise.all([startTcpProxy(), startTcpProxy(), startTcpProxy()])
  const [broker, postgres, standIn] = await Promise.all([
    // Clients ask a broker where it is, and go there: it has to name the proxy.
    startLocalBroker({ port: 0, advertisedPort: kafkaProxy.port }),
    startPostgres(),
    startStandInProcess(),
  ])
  kafkaProxy.target = portOf(broker.address)
  postgresProxy.target = postgres.port
  kurrentdbProxy.target = portOf(standIn.url)
  const dataDirectory = await dataDirectoryOf(postgres)
  return {
    kafka: { server: broker, proxy: kafkaProxy, address: `kafka://127.0.0.1:${kafkaProxy.port}` },
    postgres: { server: postgres, proxy: postgresProxy, address: postgres.url.replace(`:${postgres.port}/`, `:${postgresProxy.port}/`) },
    kurrentdb: { server: standIn, proxy: kurrentdbProxy, address: `esdb://127.0.0.1:${kurrentdbProxy.port}?tls=false` },
    async stopPostgresHard() {
      const [pid] = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n')
      const stopped = postgres.stop()
      process.kill(Number(pid), 'SIGQUIT')
      await stopped
    },
    async stop() {
      await Promise.all([kafkaProxy.close(), postgresProxy.close(), kurrentdbProxy.close()])
      await Promise.all([broker.stop(), postgres.remove(), standIn.stop()])
    },
  }
}

async function dataDirectoryOf(postgres: PostgresServer): Promise<string> {
  const client = await postgres.connect()
  try {
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory')
    return rows[0]?.data_directory as string
  } finally {
    await client.end()
  }
}

function portOf(address: string): number {
  return Number(/:(\d+)(?:\D*)$/.exec(address)?.[1])
}

async function startStandInProcess(): Promise<{ url: string; stop(): Promise<void> }> {
  const script = fileURLToPath(new URL('./start-stand-in.ts', import.meta.url))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const [url] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(() => Promise.reject(new Error('The stand-in for KurrentDB did not start.'))),
  ])) as [string]
  return {
    url,
    async stop() {
      child.stdin.end()
      await exited
    },
  }
}
