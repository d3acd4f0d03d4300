import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openEngine } from '@perennial/engine'
import { createLogger } from '@perennial/runtime'
import { parseAllDocuments } from 'yaml'

export const infra = fileURLToPath(new URL('../../infra/', import.meta.url))

export type Json = null | boolean | number | string | Json[] | { [field: string]: Json }
export type Fields = { [field: string]: Json }

/** Paths below infra/. */
export function filesLike(...patterns: string[]): string[] {
  return globSync(patterns, { cwd: infra }).toSorted()
}

export function textOf(file: string): string {
  return readFileSync(infra + file, 'utf8')
}

/** @throws Error for what is no YAML, or names a field twice */
export function documentsIn(text: string): Fields[] {
  return [...parseAllDocuments(text, { merge: true })].map((document) => {
    const [error] = document.errors
    if (error) throw error
    return document.toJS({ maxAliasCount: 1_000 }) as Fields
  })
}

/** What a path leads to; undefined where it leads nowhere. */
export function at(value: Json | undefined, ...path: (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>((found, key) => (found as Fields | undefined | null)?.[key], value)
}

/** Every value under every field, however deep. */
export function* walk(value: Json, field = ''): Generator<{ field: string; value: Json; parent: Fields }> {
  if (value === null || typeof value !== 'object') return
  for (const [key, inside] of Object.entries(value)) {
    const name = Array.isArray(value) ? field : key
    yield { field: name, value: inside, parent: value as Fields }
    yield* walk(inside, name)
  }
}

/** What the engine runs, by the names that `up --only` takes. */
export async function serviceNames(): Promise<string[]> {
  const engine = openEngine({ dataDirectory: ':memory:', logger: createLogger('silent') })
  try {
    return engine.services.map(({ name }) => name).toSorted()
  } finally {
    await engine.close()
  }
}

/** The names behind `--only` in a container's command. */
export function onlyOf(command: Json | undefined): string[] {
  const words = command as string[]
  return (words[words.indexOf('--only') + 1] ?? '').split(',')
}

/** Whether a command is on this machine, and does what the tests want of it. */
export function canRun(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 30_000 }).status === 0
}

/** @throws Error with what the command said, where it does not end well */
export function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: infra,
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? ''}${stderr}${stdout}`)
  return stdout
}
