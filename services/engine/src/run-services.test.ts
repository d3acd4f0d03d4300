import { describe, expect, test } from '@jest/globals'
import { PerennialError } from '@perennial/contracts'
import { type Lock, type Locks, type Service, untilAborted } from '@perennial/runtime'
import { type RunOptions, runServices, underLock } from './run-services.ts'

/** Locks of one process's memory that can be taken away, as those of a server can. */
function losableLocks(): Locks & { lose(name: string): void; held(): string[]; isAway: boolean } {
  const held = new Map<string, AbortController>()
  const locks = {
    isAway: false,
    async tryLock(name: string): Promise<Lock | undefined> {
      if (locks.isAway) throw new PerennialError('store-unavailable')
      if (held.has(name)) return undefined
      const lost = new AbortController()
      held.set(name, lost)
      return {
        lost: lost.signal,
        async release() {
          if (held.get(name) === lost) held.delete(name)
        },
      }
    },
    lose(name: string) {
      held.get(name)?.abort()
      held.delete(name)
    },
    held: () => [...held.keys()],
  }
  return locks
}

/** A service that says when it begins and ends. */
function watched(name: string, story: string[], fails?: Error): Service {
  return {
    name,
    async drain() {},
    async run(signal) {
      story.push(`${name} begins`)
      if (fails) throw fails
      await untilAborted(signal)
      story.push(`${name} ends`)
    },
  }
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('services of one process', () => {
  const options = (locks: Locks, more: Partial<RunOptions> = {}): RunOptions => ({
    locks,
    together: () => false,
    standBy: false,
    where: 'here',
    ...more,
  })

  test('hold a lock each while they run, and give it back', async () => {
    const locks = losableLocks()
    const stop = new AbortController()
    const story: string[] = []
    const running = runServices([watched('settlement', story), watched('relay', story)], stop.signal, options(locks))
    await until(() => story.length === 2)
    expect(locks.held()).toEqual(['settlement', 'relay'])
    stop.abort()
    await running
    expect(locks.held()).toEqual([])
  })

  test('are refused where one of them runs elsewhere, and none of them begins', async () => {
    const locks = losableLocks()
    await locks.tryLock('relay')
    const story: string[] = []
    const running = runServices([watched('settlement', story), watched('relay', story)], new AbortController().signal, options(locks))
    await expect(running).rejects.toMatchObject({ code: 'data-busy', where: 'relay in here' })
    expect(story).toEqual([])
    expect(locks.held()).toEqual(['relay'])
  })

  test('stand by where another process may go away, and take over when it has', async () => {
    const locks = losableLocks()
    const others = await locks.tryLock('relay')
    const stop = new AbortController()
    const story: string[] = []
    const running = runServices([watched('settlement', story), watched('relay', story)], stop.signal, options(locks, { standBy: true }))
    await until(() => story.length === 1)
    expect(story).toEqual(['settlement begins'])
    await others?.release()
    await until(() => story.length === 2)
    expect(story).toEqual(['settlement begins', 'relay begins'])
    stop.abort()
    await running
    expect(locks.held()).toEqual([])
  })

  test('stop when their lock is lost, and wait to get it again', async () => {
    const locks = losableLocks()
    const stop = new AbortController()
    const story: string[] = []
    const running = runServices([watched('relay', story)], stop.signal, options(locks, { standBy: true }))
    await until(() => story.length === 1)
    locks.lose('relay')
    await until(() => story.length === 3)
    expect(story).toEqual(['relay begins', 'relay ends', 'relay begins'])
    stop.abort()
    await running
  })

  test('wait as well while whoever keeps the locks does not answer', async () => {
    const locks = losableLocks()
    locks.isAway = true
    const stop = new AbortController()
    const story: string[] = []
    const running = runServices([watched('relay', story)], stop.signal, options(locks, { standBy: true }))
    await new Promise((resolve) => setTimeout(resolve, 20))
    locks.isAway = false
    await until(() => story.length === 1)
    stop.abort()
    await running
  })

  test('need no lock where several processes may do their work', async () => {
    const locks = losableLocks()
    await locks.tryLock('points')
    const stop = new AbortController()
    const story: string[] = []
    const running = runServices([watched('points', story)], stop.signal, options(locks, { together: (name) => name === 'points' }))
    await until(() => story.length === 1)
    stop.abort()
    await running
    expect(story).toEqual(['points begins', 'points ends'])
  })

  test('all end when one of them fails', async () => {
    const story: string[] = []
    const services = [watched('relay', story), watched('points', story, new Error('disk full'))]
    await expect(runServices(services, new AbortController().signal, options(losableLocks()))).rejects.toThrow('disk full')
    expect(story).toEqual(['relay begins', 'points begins', 'relay ends'])
  })
})

describe('work under a lock', () => {
  test('is done where nobody else has it, and gives it back', async () => {
    const locks = losableLocks()
    expect(await underLock(locks, 'relay', async () => {})).toBe(true)
    expect(locks.held()).toEqual([])
    await locks.tryLock('relay')
    expect(await underLock(locks, 'relay', () => Promise.reject(new Error('not reached')))).toBe(false)
  })

  test('is not done where the lock was lost on the way: somebody else has it now', async () => {
    const locks = losableLocks()
    expect(await underLock(locks, 'relay', async () => locks.lose('relay'))).toBe(false)
  })
})
