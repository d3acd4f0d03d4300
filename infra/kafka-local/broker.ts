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
  /** Ends it, at once where it is killed, and keeps what it wrote. */
  pause(how?: 'stop' | 'kill'): Promise<void>
  /** Starts it again where it was. */
  resume(): Promise<void>
  /** Stops it and removes what it wrote. */
  stop(): Promise<void>
}

export interface LocalBrokerOptions {
  /** 0 is any free port. */
  port: number
  /** Where clients are sent to, where that is not the broker's own port: to something that stands between. */
  advertisedPort?: number
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
export async function startLocalBroker({ port, advertisedPort, log = 'off' }: LocalBrokerOptions): Promise<LocalBroker> {
  const jars = classPath()
  const folder = mkdtempSync(join(tmpdir(), 'perennial-kafka-'))
  const java = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Dorg.slf4j.simpleLogger.defaultLogLevel=${log}`, '-cp', jars]
  const file = join(folder, 'server.properties')
  const [free, controllerPort] = await freePorts()
  const own = port || free
  const address = `127.0.0.1:${own}`
  const ended = Promise.withResolvers<string>()
  let broker: ChildProcess | undefined
  let expected = false

  const resume = async () => {
    expected = false
    broker = spawn('java', [...java, 'kafka.Kafka', file], { stdio: ['ignore', 'ignore', 'pipe'] })
    const itEnded = whatItSaidLast(broker, log !== 'off')
    void itEnded.then((said) => {
      if (!expected) ended.resolve(said)
    })
    await answers(address, itEnded)
  }
  const pause = async (how: 'stop' | 'kill' = 'stop') => {
    expected = true
    if (broker) await (how === 'stop' ? stopProcess(broker) : killProcess(broker))
  }
  const stop = async () => {
    await pause()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }

  try {
    const place = { port: own, advertisedPort: advertisedPort ?? own, controllerPort, folder: join(folder, 'log') }
    writeFileSync(file, settings(place))
    format([...java, 'kafka.tools.StorageTool', 'format', '--cluster-id', clusterId, '--config', file])
    await resume()
    return { address, ended: ended.promise, pause, resume, stop }
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

async function killProcess(broker: ChildProcess): Promise<void> {
  if (broker.exitCode !== null || broker.signalCode !== null) return
  const exited = once(broker, 'exit')
  broker.kill('SIGKILL')
  await exited
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
