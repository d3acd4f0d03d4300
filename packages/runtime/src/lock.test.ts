import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type FileLock, tryLock } from './lock.ts'

let directory: string
const held: FileLock[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'perennial-lock-'))
})
afterEach(() => {
  for (const lock of held.splice(0)) lock.release()
  rmSync(directory, { recursive: true })
})

function lock(name: string, where = directory): boolean {
  const taken = tryLock(where, name)
  if (taken) held.push(taken)
  return taken !== undefined
}

describe('a lock', () => {
  test('is had by one at a time', () => {
    expect(lock('tier')).toBe(true)
    expect(lock('tier')).toBe(false)
  })

  test('is one per name and directory', () => {
    expect(lock('tier')).toBe(true)
    expect(lock('points')).toBe(true)
    expect(lock('tier', join(directory, 'other'))).toBe(true)
  })

  test('can be had again once it is released', () => {
    const first = tryLock(directory, 'tier')
    first?.release()
    expect(lock('tier')).toBe(true)
  })

  test('is nobody’s business in memory', () => {
    expect(lock('tier', ':memory:')).toBe(true)
    expect(lock('tier', ':memory:')).toBe(true)
  })

  test('is seen by other processes, and free again when its process is killed', async () => {
    const script = `
      import { tryLock } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}
      process.stdout.write(tryLock(${JSON.stringify(directory)}, 'tier') ? 'locked' : 'refused')
      setInterval(() => {}, 1000)`
    const other = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script])
    const [said] = (await new Promise<Buffer[]>((resolve) => other.stdout.once('data', (...data) => resolve(data)))) as [Buffer]
    expect(said.toString()).toBe('locked')
    expect(lock('tier')).toBe(false)
    const gone = new Promise((resolve) => other.once('exit', resolve))
    other.kill('SIGKILL')
    await gone
    expect(lock('tier')).toBe(true)
  })
})
