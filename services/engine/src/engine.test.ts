import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type CloudEvent, topics } from '@perennial/contracts'
import { createReader, type Projector } from '@perennial/projector'
import { createLogger } from '@perennial/runtime'
import { mergeInto, transferOut } from '../../../packages/settle/src/testing/decisions.ts'
import { type Engine, openEngine } from './engine.ts'
import { bought, instant } from './testing/given.ts'

let dataDirectory: string
const open: Engine[] = []
beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), 'perennial-engine-'))
})
afterEach(async () => {
  for (const engine of open.splice(0)) await engine.close()
  rmSync(dataDirectory, { recursive: true })
})

const services = ['ingest', 'settlement', 'tier', 'points', 'lifecycle', 'churn-risk', 'value', 'learner', 'relay']

function start(options: Partial<Parameters<typeof openEngine>[0]> = {}): Engine {
  const engine = openEngine({ dataDirectory, clock: () => instant('2025-06-30'), logger: createLogger('silent'), ...options })
  open.push(engine)
  return engine
}

async function publish(engine: Engine, ...events: CloudEvent[]): Promise<void> {
  await engine.bus.publish(
    topics.events,
    events.map((event) => ({ key: event.subject, value: JSON.stringify(event) })),
  )
}

async function tierOf(engine: Engine, memberId: string): Promise<unknown> {
  const [tier] = engine.projectors
  return tier && (await createReader(engine).row(tier, memberId))?.tier
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** Runs services until the work is done, and waits for them to end. */
async function whileRunning(engine: Engine, only: readonly string[], work: () => Promise<void>): Promise<void> {
  const stop = new AbortController()
  const running = engine.run(stop.signal, { only })
  try {
    await work()
  } finally {
    stop.abort()
    await running
  }
}

/** Running services hold their locks at once. */
const busy = expect.objectContaining({ code: 'data-busy' })

describe('two engines on one directory', () => {
  test('do not both run: the second is refused and told where', async () => {
    const [first, second] = [start(), start()]
    await whileRunning(first, services, async () => {
      await expect(second.run(new AbortController().signal, { only: services })).rejects.toMatchObject({
        code: 'data-busy',
        where: `ingest in ${dataDirectory}`,
        next: expect.stringContaining('Stop that process'),
      })
    })
  })

  test('may take turns', async () => {
    const [first, second] = [start(), start()]
    await whileRunning(first, services, async () => {})
    await whileRunning(second, services, async () => {})
  })

  test('may share the services between them, but none twice', async () => {
    const [first, second] = [start(), start()]
    await whileRunning(first, ['ingest', 'tier'], async () => {
      await whileRunning(second, ['points', 'relay'], async () => {})
      await expect(second.run(new AbortController().signal, { only: ['relay', 'tier'] })).rejects.toEqual(busy)
      // The lock that it had got already was given back.
      await whileRunning(second, ['relay'], async () => {})
    })
  })

  test('the one that drains waits for what the other runs', async () => {
    const [runs, drains] = [start(), start()]
    await whileRunning(runs, services, async () => {
      await publish(drains, bought('ann', '2025-06-01', 'o1', '600.00'))
      await drains.drain()
      expect(await tierOf(drains, 'ann')).toBe('silver')
      expect(await drains.bus.read({ topic: topics.announcements, limit: 10 })).not.toEqual([])
    })
  })

  test('do not both rebuild', async () => {
    const [first, second] = [start(), start()]
    await publish(first, bought('ann', '2025-06-01', 'o1', '600.00'))
    await first.drain()
    let refused: unknown
    await first.rebuild({
      names: ['tier'],
      onProgress: () => {
        refused ??= second.rebuild({ names: ['tier'] }).catch((error) => error)
      },
    })
    expect(await refused).toEqual(busy)
    expect(await second.rebuild({ names: ['tier'] })).toBe(true)
    expect(await tierOf(second, 'ann')).toBe('silver')
  })
})

describe('an engine', () => {
  test('has after a restart what it had before', async () => {
    const first = start()
    await publish(first, bought('ann', '2025-06-01', 'o1', '600.00'))
    await first.drain()
    await (open.pop() as Engine).close()
    expect(await tierOf(start({ mustExist: true }), 'ann')).toBe('silver')
  })

  test('takes in while it runs what is published', async () => {
    const engine = start()
    await whileRunning(engine, services, async () => {
      await publish(engine, bought('ann', '2025-06-01', 'o1', '600.00'))
      await until(async () => (await tierOf(engine, 'ann')) === 'silver')
    })
  })

  test('brings what was decided about one member to the other one, in one go', async () => {
    const engine = start()
    await publish(engine, bought('ann', '2025-05-01', 'o1', '300.00'), bought('bob', '2025-05-01', 'o2', '300.00'))
    await engine.drain()
    await transferOut(engine.eventStore, 'ann', 'bob', 't1', 100, '2025-06-01')
    await engine.drain()
    const points = engine.projectors.find(({ name }) => name === 'points') as Projector
    expect(await createReader(engine).row(points, 'bob')).toMatchObject({ available: 400, transferred: 100 })
    await mergeInto(engine.eventStore, 'bob', 'ann', 'm1', '2025-06-02')
    await engine.drain()
    expect(await tierOf(engine, 'ann')).toBe('silver')
    await expect(tierOf(engine, 'bob')).rejects.toMatchObject({ code: 'member-merged' })
  })

  test('settles while it runs what was decided meanwhile', async () => {
    const engine = start()
    await whileRunning(engine, ['settlement'], async () => {
      await transferOut(engine.eventStore, 'ann', 'bob', 't1')
      await until(async () => (await engine.eventStore.readStream('member-bob')).length > 0)
    })
  })

  test('is not opened on a directory in which nothing was ever published, if it must exist', () => {
    expect(() => start({ mustExist: true })).toThrow(expect.objectContaining({ code: 'data-missing', where: dataDirectory }))
  })

  test('ends as a whole when one of its services fails', async () => {
    const engine = start({
      failPoints: {
        ingest: () => {
          throw new Error('disk full')
        },
      },
    })
    await publish(engine, bought('ann', '2025-06-01', 'o1', '600.00'))
    await expect(engine.run(new AbortController().signal, { only: services })).rejects.toThrow('disk full')
    // And its locks are free.
    await whileRunning(start(), services, async () => {})
  })
})
