import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { openEngine } from '@perennial/engine'
import { createLogger } from '@perennial/runtime'
import { bin, newCommandLine, temporaryDirectory, toNdjson, writeFile } from '../end-to-end/support/command-line.ts'
import { childEnvironment } from './fleet.ts'
import { isFull } from './form.ts'
import { exportsFrom } from './reference.ts'
import { describeSurvived, type Survived } from './report.ts'
import { clocks, makeWorld } from './world.ts'

/**
 * Disks that become full under the files of the embedded engine: small file systems of the test's own, where the
 * machine lets everybody mount some, and a limit to the size of files elsewhere.
 */
const events = isFull ? 5_000 : 1_000
const stores = ['bus.db', 'log.db', 'points.db']
const mayMount = spawnSync('unshare', ['-rm', 'true']).status === 0

const lines: Survived[] = []
afterAll(() => void process.stdout.write(`\n${describeSurvived(lines)}\n\n`))

/** What a script says between two of these marks is of one attempt. */
const mark = '=== ended with '

interface Attempt {
  status: number
  said: string
}

/** Runs a command of the shell, as often as it says so, in a mount namespace of its own where that is possible. */
function attempts(script: string): Attempt[] {
  const shell = mayMount ? ['unshare', '-rm', 'bash', '-c', script] : ['bash', '-c', script]
  const { stdout, stderr } = spawnSync(shell[0] as string, shell.slice(1), {
    encoding: 'utf8',
    env: childEnvironment({}) as NodeJS.ProcessEnv,
    timeout: 300_000,
  })
  const parts = stdout.split(mark)
  expect({ script: stderr }).toEqual({ script: '' })
  return parts.slice(1).map((part, index) => ({ status: Number.parseInt(part, 10), said: (parts[index] as string).replace(/^\d+\n/, '') }))
}

/** A place for each store, with a megabyte; then one after the other gets more of it, and everything is tried again. */
function onSmallDisks(data: string, command: string): string {
  const place = (store: string) => join(`${data}-places`, store)
  mkdirSync(data, { recursive: true })
  for (const store of stores) {
    mkdirSync(place(store), { recursive: true })
    symlinkSync(join(place(store), store), join(data, store))
  }
  const run = `${command} 2>&1; echo "${mark}$?"`
  const lines = stores.map((store) => `mount -t tmpfs -o size=1m tmpfs '${place(store)}'`)
  for (const store of stores) lines.push(run, `mount -o remount,size=512m '${place(store)}'`)
  // What is on them goes with the namespace: it is kept in the place of the links.
  lines.push(run, ...stores.map((store) => `rm '${join(data, store)}'; cp '${place(store)}'/* '${data}'`))
  return lines.join('\n')
}

function underLimits(command: string): string {
  const kilobytes = isFull ? [300, 1_000, 3_000, 6_000] : [300, 600, 1_200]
  const run = (limit: number | string) => `(ulimit -f ${limit}; ${command} 2>&1); echo "${mark}$?"`
  return [...kilobytes.map(run), run('unlimited')].join('\n')
}

async function outcomeOf(dataDirectory: string) {
  const engine = openEngine({ dataDirectory, logger: createLogger('silent') })
  try {
    return { exports: await exportsFrom(engine, clocks.right), counts: await engine.eventStore.counts() }
  } finally {
    await engine.close()
  }
}

describe('a disk that becomes full under the embedded engine', () => {
  test('is told with `disk-full`, and once there is room again the same command goes on where it was', async () => {
    const way = mayMount ? `no room for ${stores.join(', then for ')}` : 'a limit to the size of files'
    const line: Survived = { fault: `disk full: ${way}`, times: 0, seconds: [], survived: false }
    lines.push(line)
    const { first, pieces } = await makeWorld(events, 1)
    const file = writeFile('events.ndjson', toNdjson([...first, ...pieces.flat()]))
    const calm = newCommandLine()
    await calm.ok('--now', clocks.right, 'publish', file)

    const data = join(temporaryDirectory(), 'data')
    const command = `'${process.execPath}' '${bin}' --data '${data}' --now ${clocks.right} --json publish '${file}'`
    const all = attempts(mayMount ? onSmallDisks(data, command) : underLimits(command))
    const failed = all.slice(0, -1)
    line.times = failed.length
    const last = all.at(-1) as Attempt
    for (const { status, said } of failed) {
      expect({ status, said }).toEqual({
        status: 1,
        said: expect.stringMatching(mayMount ? /"code":"disk-full"/ : /"code":"(disk-full|data-not-writable)"/),
      })
      expect(said).not.toMatch(/^\s+at /m)
    }
    expect(last).toMatchObject({ status: 0 })
    expect(await outcomeOf(data)).toEqual(await outcomeOf(calm.data))
    line.survived = true
  }, 300_000)
})
