import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll } from '@jest/globals'
import { bin } from '../end-to-end/support/command-line.ts'

/** Processes of the command line, each watched over as an orchestrator would: one that ends is started again. */
export interface Fleet {
  readonly names: readonly string[]
  /** Resolves once the process says that it runs its services; and at once where it is gone for good. */
  runs(name: string): Promise<void>
  pid(name: string): number | undefined
  /** Where the API of a process listens, once it does. */
  url(name: string): string | undefined
  /** What the process has said so far on standard error; the end of it. */
  said(name: string): string
  /** Kills a process with SIGKILL; another takes its place at once, unless it is to stay dead. Answers whether there was one. */
  kill(name: string, options?: { forGood?: boolean }): Promise<boolean>
  /** Starts one that was killed for good. */
  start(name: string): void
  /** What processes said last that ended by themselves. */
  ended(): readonly string[]
  /** Tells all of them to stop, and answers how long the slowest took, in milliseconds. */
  stop(): Promise<number>
}

export interface FleetOptions {
  /** A process each, by its name: the services that it runs. */
  processes: Readonly<Record<string, readonly string[]>>
  env: Readonly<Record<string, string>>
  /** Directory of a process. */
  dataOf(name: string): string
  /** The clock of a process, as `--now` takes it. */
  nowOf(name: string): string
}

interface Member {
  child: ChildProcess
  exited: Promise<unknown>
  /** The end of it. */
  said: string
  isRunning: boolean
  url?: string
  /** Whether it was killed, and what is to come of that. */
  killed?: 'again' | 'for good'
}

/** An orchestrator waits a little before it starts again what ended by itself. */
const restartMs = 500

const children = new Set<ChildProcess>()
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

const saidMax = 4_000

export function startFleet({ processes, env, dataOf, nowOf }: FleetOptions): Fleet {
  const members = new Map<string, Member>()
  const ended: string[] = []
  let stopping = false

  function start(name: string): void {
    if (stopping) return
    const only = (processes[name] ?? []).join(',')
    const args = [bin, '--data', dataOf(name), '--now', nowOf(name), 'up', '--only', only, '--port', '0']
    const child = spawn(process.execPath, args, { env: childEnvironment(env), stdio: ['ignore', 'ignore', 'pipe'] })
    children.add(child)
    child.once('exit', () => children.delete(child))
    const member: Member = { child, exited: once(child, 'exit'), said: '', isRunning: false }
    members.set(name, member)
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const said = member.said + text
      member.isRunning ||= said.includes('Running ')
      const url = /The API listens on (\S+);/.exec(said)?.[1]
      if (url !== undefined) member.url = url
      member.said = said.slice(-saidMax)
    })
    void member.exited.then(() => {
      if (stopping || member.killed === 'for good') return
      if (member.killed) return start(name)
      ended.push(`${name}: ${member.said}`)
      setTimeout(() => start(name), restartMs)
    })
  }

  for (const name of Object.keys(processes)) start(name)
  const memberOf = (name: string) => members.get(name) as Member

  return {
    names: Object.keys(processes),
    async runs(name) {
      while (!stopping && memberOf(name).killed !== 'for good' && !memberOf(name).isRunning) {
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    url: (name) => memberOf(name).url,
    pid: (name) => memberOf(name).child.pid,
    said: (name) => memberOf(name).said,
    async kill(name, { forGood = false } = {}) {
      const member = memberOf(name)
      if (isOver(member)) return false
      member.killed = forGood ? 'for good' : 'again'
      member.child.kill('SIGKILL')
      await member.exited
      return true
    },
    start,
    ended: () => ended,
    async stop() {
      stopping = true
      const begun = performance.now()
      await Promise.all(
        [...members.values()].map(async (member) => {
          if (isOver(member)) return
          member.child.kill('SIGTERM')
          await member.exited
        }),
      )
      return performance.now() - begun
    },
  }
}

function isOver({ child }: Member): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** That of this process, without what the tests or a person configured for themselves. */
export function childEnvironment(env: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PERENNIAL_') && name !== 'NODE_OPTIONS')
  return { ...Object.fromEntries(own), NO_COLOR: '1', ...env }
}
