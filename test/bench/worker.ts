/**
 * A process of Perennial under measurement: it does what its parent says, one order after the other, and ends with it.
 */
import { type Configuration, topics } from '@perennial/contracts'
import { type Engine, openConfiguredEngine } from '@perennial/engine'
import { createLogger, fixedClock } from '@perennial/runtime'
import { benchEvents } from '@perennial/sample-shop'
import { afterHistory } from './after-history.ts'

export type Order =
  | { do: 'open'; configuration: Configuration; now: number }
  /** Answers the seconds that it took. `isLater`: events that come after those that were published otherwise. */
  | { do: 'publish'; seed: number; events: number; members: number; isLater?: boolean }
  /** Answers the seconds until there is nothing more on the bus. */
  | { do: 'ingest' }
  /** Answers at once; the services run until `close`. */
  | { do: 'run'; services: readonly string[] }
  /** Answers what it has used; then it ends. */
  | { do: 'close' }

export interface Used {
  /** The most that it has had at a time. */
  megabytes: number
  cpuSeconds: number
}

export type Answer = { done: number } | { used: Used } | { failed: string }

const batch = 5_000
let engine: Engine | undefined
let running: Promise<void> = Promise.resolve()
const stop = new AbortController()

async function obey(order: Order): Promise<number> {
  if (order.do === 'open') {
    engine = await openConfiguredEngine(order.configuration, { clock: fixedClock(order.now), logger: createLogger('error') })
    return 0
  }
  const open = engine as Engine
  if (order.do === 'publish') return seconds(() => publish(open, order))
  if (order.do === 'ingest') return seconds(async () => open.services.find(({ name }) => name === 'ingest')?.drain())
  if (order.do === 'run') {
    running = open.run(stop.signal, { only: order.services })
    running.catch((error: unknown) => fail(error))
    return 0
  }
  throw new Error(`no order ${order.do}`)
}

async function close(): Promise<void> {
  stop.abort()
  await running
  await engine?.close()
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  // From kilobytes and microseconds.
  answer({ used: { megabytes: Math.round(maxRSS / 1024), cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 } }, () => process.exit(0))
}

async function publish({ bus }: Engine, options: { seed: number; events: number; members: number; isLater?: boolean }): Promise<void> {
  let index = 0
  let messages: { key: string; value: string }[] = []
  for (const { memberId, json } of benchEvents(options)) {
    messages.push({ key: memberId, value: options.isLater ? afterHistory(json, index++) : json })
    if (messages.length < batch) continue
    await bus.publish(topics.events, messages)
    messages = []
  }
  if (messages.length > 0) await bus.publish(topics.events, messages)
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1_000
}

function answer(message: Answer, then?: () => void): void {
  process.send?.(message, () => then?.())
}

function fail(error: unknown): void {
  answer({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }, () => process.exit(1))
}

// Ctrl-C reaches all processes of a terminal; the parent says what follows from it.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(0))
process.on('message', (order: Order) => {
  if (order.do === 'close') close().catch(fail)
  else obey(order).then((done) => answer({ done }), fail)
})
