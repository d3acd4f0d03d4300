import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A place where an adapter keeps its data, new for each test. Each `open` is one more connection to it. */
export interface Place<Port, Options extends readonly unknown[] = []> {
  open(...options: Options): Promise<Port>
  remove(): Promise<void>
  /** How another process opens the same data; undefined where only this process can. */
  elsewhere: Opening | undefined
}

export interface Adapter<Port, Options extends readonly unknown[] = []> {
  name: string
  makePlace(): Promise<Place<Port, Options>>
  /** Several connections and processes share the data of a place; otherwise each connection has its own. */
  shared: boolean
}

export interface Opening {
  /** What to import. */
  module: string
  /** The function in it that opens the adapter. */
  name: string
  args: readonly unknown[]
}

interface Closable {
  close(): Promise<void>
}

/** An adapter of which one file holds everything. */
export function inFile<Port extends Closable, Options extends readonly unknown[] = []>(
  module: string,
  opener: string,
  open: (file: string, ...options: Options) => Port,
): Adapter<Port, Options> {
  const makePlace = async (): Promise<Place<Port, Options>> => {
    const directory = mkdtempSync(join(tmpdir(), 'perennial-contract-'))
    const file = join(directory, 'data.db')
    const opened: Port[] = []
    return {
      async open(...options) {
        const port = open(file, ...options)
        opened.push(port)
        return port
      },
      async remove() {
        await closeAll(opened)
        rmSync(directory, { recursive: true, force: true })
      },
      elsewhere: { module, name: opener, args: [file] },
    }
  }
  return { name: 'SQLite, in a file', makePlace, shared: true }
}

export function inMemory<Port extends Closable, Options extends readonly unknown[] = []>(
  open: (file: string, ...options: Options) => Port,
): Adapter<Port, Options> {
  const makePlace = async (): Promise<Place<Port, Options>> => {
    const opened: Port[] = []
    return {
      async open(...options) {
        const port = open(':memory:', ...options)
        opened.push(port)
        return port
      },
      remove: () => closeAll(opened),
      elsewhere: undefined,
    }
  }
  return { name: 'SQLite, in memory', makePlace, shared: false }
}

async function closeAll(opened: readonly Closable[]): Promise<void> {
  for (const port of opened) await port.close().catch(() => {})
}

/** Opens in this process what another process has described. */
export async function openFrom<Port>({ module, name, args }: Opening): Promise<Port> {
  const imported = (await import(module)) as Record<string, (...args: readonly unknown[]) => Port>
  return (imported[name] as (...args: readonly unknown[]) => Port)(...args)
}
