import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Configuration } from '@perennial/contracts'
import type { Answer, Order, Used } from './worker.ts'

/** A process of Perennial. */
export interface Worker {
  pid: number
  /** @throws Error with what went wrong there, now or since the last order */
  tell(order: Order): Promise<number>
  /** Stops what it runs and ends it. */
  close(): Promise<Used>
  kill(): Promise<void>
}

export interface Workers {
  start(configuration: Configuration, now: number): Promise<Worker>
  /** Ends all of them at once; no others are started. */
  killAll(): Promise<void>
}

/** @param profiles directory for a CPU profile of each process */
export function createWorkers(profiles?: string): Workers {
  const alive = new Set<Worker>()
  let over = false
  return {
    async start(configuration, now) {
      if (over) throw new Error('The benchmark is over.')
      const worker = startWorker(profiles)
      alive.add(worker)
      await worker.tell({ do: 'open', configuration, now })
      return worker
    },
    async killAll() {
      over = true
      await Promise.all([...alive].map((worker) => worker.kill()))
    },
  }
}

/** Of kafkajs on Node 24, harmless. */
const quiet = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning']

function startWorker(profiles: string | undefined): Worker {
  const child = fork(new URL('./worker.ts', import.meta.url), {
    execArgv: [...quiet, ...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`])],
  })
  const exited = once(child, 'exit')
  let failure: string | undefined
  let waiting: PromiseWithResolvers<number> | undefined
  let used: Used | undefined
  const settle = () => {
    if (failure !== undefined) waiting?.reject(new Error(failure))
  }
  child.on('message', (answer: Answer) => {
    if ('done' in answer) waiting?.resolve(answer.done)
    else if ('used' in answer) used = answer.used
    else failure = answer.failed
    settle()
  })
  void exited.then(() => {
    failure ??= 'A process of the benchmark ended by itself.'
    settle()
  })
  const tell = (order: Order) => {
    waiting = Promise.withResolvers()
    if (failure === undefined) child.send(order)
    settle()
    return waiting.promise
  }
  return {
    pid: child.pid as number,
    tell,
    async close() {
      if (failure !== undefined) throw new Error(failure)
      child.send({ do: 'close' } satisfies Order)
      await exited
      if (used === undefined) throw new Error(failure)
      return used
    },
    kill: () => killChild(child, exited),
  }
}

async function killChild(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await exited
}
