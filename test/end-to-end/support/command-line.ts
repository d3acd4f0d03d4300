import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from '@jest/globals'
import type { CloudEvent } from '@perennial/contracts'

export const bin = join(import.meta.dirname, '../../../services/cli/bin/perennial.js')

export interface Result {
  code: number | null
  stdout: string
  stderr: string
}

const children = new Set<ChildProcess>()
const directories: string[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})

/** A directory that is gone after the tests of this file. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'perennial-end-to-end-'))
  directories.push(directory)
  return directory
}

export interface Started {
  child: ChildProcess
  /** Resolves when standard error has shown the text; rejects when the process ends before that. */
  shows(text: string): Promise<void>
  /** What standard error has shown so far. */
  stderr(): string
  exited: Promise<Result>
}

/** Starts Node.js with these arguments, as a shell would. */
export function startNode(
  args: readonly string[],
  options: { input?: string | Buffer; cwd?: string; env?: Record<string, string> } = {},
): Started {
  const { FORCE_COLOR: _, NODE_OPTIONS: __, PERENNIAL_LOG: ___, ...env } = process.env
  const child = spawn(process.execPath, args, { cwd: options.cwd, env: { ...env, NO_COLOR: '1', ...options.env }, stdio: 'pipe' })
  children.add(child)
  const result: Result = { code: null, stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (result.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (result.stderr += text))
  // A process that ends before it has read everything is what some tests want.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input)
  const exited = new Promise<Result>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      children.delete(child)
      resolve({ ...result, code })
    })
  })
  const shows = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (result.stderr.includes(text)) resolve()
      }
      child.stderr.on('data', look)
      exited.then(({ stderr }) => reject(new Error(`ended without showing "${text}":\n${stderr}`)), reject)
      look()
    })
  return { child, shows, stderr: () => result.stderr, exited }
}

/** The command line over one data directory. */
export function commandLine(data: string) {
  const start = (...args: string[]) => startNode([bin, '--data', data, ...args])
  const run = (...args: string[]) => start(...args).exited
  return {
    data,
    start,
    run,
    /** Runs a command that must succeed, and answers its standard output. */
    async ok(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await run(...args)
      if (code !== 0) throw new Error(`perennial ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`)
      return stdout
    },
    async json<T>(...args: string[]): Promise<T> {
      return JSON.parse(await this.ok('--json', ...args)) as T
    },
    /** Runs a command that must fail with a declared error: exit status 1 (2 for `usage`), the error in JSON, no stack trace. */
    async failure(...args: string[]): Promise<{ code: string; message: string; where?: string; next: string }> {
      const { code, stderr } = await run('--json', ...args)
      if (code !== 1 && code !== 2) throw new Error(`perennial ${args.join(' ')} ended with ${code}:\n${stderr}`)
      const lastLine = stderr.trimEnd().split('\n').at(-1) as string
      const { error } = JSON.parse(lastLine) as { error: { code: string; message: string; where?: string; next: string } }
      if ((code === 2) !== (error.code === 'usage')) throw new Error(`perennial ${args.join(' ')} ended with ${code} for ${error.code}`)
      return error
    },
  }
}

export type CommandLine = ReturnType<typeof commandLine>

export function newCommandLine(): CommandLine {
  return commandLine(join(temporaryDirectory(), 'data'))
}

export const readModelNames = ['tier', 'points', 'lifecycle', 'churn-risk', 'value'] as const

/** The read models as NDJSON, byte for byte. */
export async function exportAll(cli: CommandLine, now: string): Promise<Record<string, string>> {
  const texts = await Promise.all(readModelNames.map((name) => cli.ok('--now', now, 'export', name)))
  return Object.fromEntries(readModelNames.map((name, index) => [name, texts[index] as string]))
}

export function rowsOf<Row>(ndjson: string): Row[] {
  return ndjson
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row)
}

export function toNdjson(events: readonly CloudEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('')
}

export function writeFile(name: string, text: string): string {
  const file = join(temporaryDirectory(), name)
  writeFileSync(file, text)
  return file
}

let purchases = 0

/** A purchase of 10.00, with an id of its own. */
export function purchase(member: string, time: string, id = `order-${++purchases}`): CloudEvent {
  return {
    specversion: '1.0',
    id,
    source: '/test/till',
    type: 'retail.purchase.v1',
    subject: member,
    time,
    data: { orderId: id, currency: 'GBP', lines: [{ sku: 'tea', quantity: 1, amount: '10.00' }] },
  }
}
