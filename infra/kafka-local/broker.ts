import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { classPath } from './jars.ts'
import { settings } from './settings.ts'

export interface LocalBroker {
  /** host:port */
  address: string
  /** Resolves when the broker has ended by itself, with what it said last. */
  ended: Promise<string>
  /** Stops it and removes what it wrote. */
  stop(): Promise<void>
}

export interface LocalBrokerOptions {
  /** 0 is any free port. */
  port: number
  /** What the broker says on its standard error: `off`, `error`, `warn`, `info`. */
  log?: string
}

const clusterId = 'cGVyZW5uaWFsLWxvY2FsLQ'
const startMax = { seconds: 60 }
const stopMax = { seconds: 15 }

/**
 * Starts a broker with a data folder of its own, and waits until it answers.
 *
 * @throws Error that says in one line what is missing, or what the broker said when it ended
 */
export async function startLocalBroker({ port, log = 'off' }: LocalBrokerOptions): Promise<LocalBroker> {
  const jars = classPath()
  const folder = mkdtempSync(join(tmpdir(), 'perennial-kafka-'))
  let broker: ChildProcess | undefined
  const stop = async () => {
    if (broker) await stopProcess(broker)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const [free, controllerPort] = await freePorts()
    const address = `127.0.0.1:${port || free}`
    const file = join(folder, 'server.properties')
    writeFileSync(file, settings({ port: port || free, controllerPort, folder: join(folder, 'log') }))
    const java = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Dorg.slf4j.simpleLogger.defaultLogLevel=${log}`, '-cp', jars]
    format([...java, 'kafka.tools.StorageTool', 'format', '--cluster-id', clusterId, '--config', file])
    broker = spawn('java', [...java, 'kafka.Kafka', file], { stdio: ['ignore', 'ignore', 'pipe'] })
    const ended = whatItSaidLast(broker, log !== 'off')
    await answers(address, ended)
    return { address, ended, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function format(command: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync('java', command, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`The storage could not be formatted: ${lastLine(stderr) || lastLine(stdout)}`)
}

async function whatItSaidLast(broker: ChildProcess, show: boolean): Promise<string> {
  let said = ''
  broker.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000)
    if (show) process.stderr.write(text)
  })
  await once(broker, 'exit')
  return lastLine(said)
}

async function answers(address: string, ended: Promise<string>): Promise<void> {
  let gone: string | undefined
  void ended.then((said) => {
    gone = said
  })
  for (const until = Date.now() + startMax.seconds * 1_000; Date.now() < until; await sleep(50)) {
    if (await answersNow(address)) return
    if (gone !== undefined) throw new Error(`The broker ended: ${gone || 'start it with --log info to see why'}`)
  }
  throw new Error(`The broker did not answer within ${startMax.seconds} seconds.`)
}

/** Asks which protocol versions there are, the first thing that every client asks: length, key 18, version 0, id 1, no client name. */
const apiVersions = Buffer.from('0000000a0012000000000001ffff', 'hex')

function answersNow(address: string): Promise<boolean> {
  const [host, port] = address.split(':')
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) })
    const end = (answered: boolean) => {
      socket.destroy()
      resolve(answered)
    }
    socket.setTimeout(2_000, () => end(false))
    socket.once('connect', () => socket.write(apiVersions))
    socket.once('data', () => end(true))
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
  })
}

async function stopProcess(broker: ChildProcess): Promise<void> {
  if (broker.exitCode !== null || broker.signalCode !== null) return
  const exited = once(broker, 'exit')
  broker.kill('SIGTERM')
  const impatient = setTimeout(() => broker.kill('SIGKILL'), stopMax.seconds * 1_000)
  await exited
  clearTimeout(impatient)
}

/** Two ports that nothing listened at a moment ago. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()]
  const ports: number[] = []
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    ports.push((server.address() as { port: number }).port)
  }
  for (const server of servers) await once(server.close(), 'close')
  return ports as [number, number]
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}
