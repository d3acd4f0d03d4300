import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Lock, Locks } from '@perennial/runtime'
import type { Adapter, Place } from './place.ts'

const holder = fileURLToPath(new URL('./lock-holder.ts', import.meta.url))

export interface LocksTraits {
  /** How long who falls silent keeps a lock, milliseconds; absent where only its end frees it. */
  silentMs?: number
}

/** What all locks promise. An adapter's spec only says how to open them. */
export function locksContract({ name, makePlace }: Adapter<Locks>, { silentMs }: LocksTraits = {}): void {
  describe(`locks: ${name}`, () => {
    let place: Place<Locks>
    let locks: Locks
    const children: ChildProcess[] = []
    beforeEach(async () => {
      place = await makePlace()
      locks = await place.open()
    })
    afterEach(async () => {
      for (const child of children.splice(0)) child.kill('SIGKILL')
      await place.remove()
    })

    /** A process that takes the lock, and says what becomes of it, a word at a time. */
    async function holdElsewhere(lock: string): Promise<{ child: ChildProcess; nextWord(): Promise<string> }> {
      const child = spawn(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', holder, JSON.stringify({ opening: place.elsewhere, lock })],
        { stdio: ['pipe', 'pipe', 'inherit'] },
      )
      children.push(child)
      const words = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
      const nextWord = async () => (await words.next()).value as string
      expect(await nextWord()).toBe('held')
      return { child, nextWord }
    }

    /** Asks until it is had. */
    async function waitFor(lock: string): Promise<Lock> {
      for (;;) {
        const taken = await locks.tryLock(lock)
        if (taken) return taken
        await sleep(20)
      }
    }

    test('a lock is had by one at a time, on the same connection or another', async () => {
      const lock = await locks.tryLock('tier')
      expect(lock?.lost.aborted).toBe(false)
      expect(await locks.tryLock('tier')).toBeUndefined()
      expect(await (await place.open()).tryLock('tier')).toBeUndefined()
      await lock?.release()
    })

    test('by one of many who ask at once', async () => {
      const all = await Promise.all(Array.from({ length: 4 }, () => place.open()))
      const taken = (await Promise.all([...all, ...all].map((some) => some.tryLock('tier')))).filter((lock) => lock !== undefined)
      expect(taken).toHaveLength(1)
      await taken[0]?.release()
    })

    test('one lock is no other', async () => {
      const taken = await Promise.all(['tier', 'points', 'TIER', 'tier 2'].map((lock) => locks.tryLock(lock)))
      expect(taken.every((lock) => lock !== undefined)).toBe(true)
      for (const lock of taken) await lock?.release()
    })

    test('it can be had again once it is released, which is no loss, and may be done twice', async () => {
      const first = await locks.tryLock('tier')
      await first?.release()
      const second = await (await place.open()).tryLock('tier')
      expect(second).toBeDefined()
      await first?.release()
      expect(await locks.tryLock('tier')).toBeUndefined()
      expect(first?.lost.aborted).toBe(false)
      await second?.release()
    })

    test('another process sees it', async () => {
      const { child, nextWord } = await holdElsewhere('tier')
      expect(await locks.tryLock('tier')).toBeUndefined()
      child.stdin?.end()
      expect(await nextWord()).toBe('released')
      await (await waitFor('tier')).release()
    })

    test('it becomes free when the process that has it is killed', async () => {
      const { child } = await holdElsewhere('tier')
      child.kill('SIGKILL')
      await once(child, 'exit')
      await (await waitFor('tier')).release()
    })

    if (silentMs === undefined) return

    test('who lives keeps it, far beyond the time that the silent have', async () => {
      const lock = await locks.tryLock('tier')
      const other = await place.open()
      const until = performance.now() + silentMs * 3
      while (performance.now() < until) {
        expect(await other.tryLock('tier')).toBeUndefined()
        await sleep(50)
      }
      expect(lock?.lost.aborted).toBe(false)
      await lock?.release()
    })

    test('who falls silent loses it after that time and not before, is told, and cannot give away what is no longer its own', async () => {
      const { child, nextWord } = await holdElsewhere('tier')
      child.kill('SIGSTOP')
      const stopped = performance.now()
      const lock = await waitFor('tier')
      const ms = performance.now() - stopped
      // It was renewed when a third of its time was over, so at least two thirds are left.
      expect(ms).toBeGreaterThan(silentMs * 0.5)
      expect(ms).toBeLessThan(silentMs + 2_000)
      child.kill('SIGCONT')
      expect(await nextWord()).toBe('lost')
      child.stdin?.end()
      expect(await nextWord()).toBe('released')
      expect(await locks.tryLock('tier')).toBeUndefined()
      expect(lock.lost.aborted).toBe(false)
      await lock.release()
    })
  })
}
