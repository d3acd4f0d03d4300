import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { PerennialError, topics } from '@perennial/contracts'
import { type DeadLetters, openSqliteDeadLetters } from '@perennial/dead-letters'
import { type MessageBus, openSqliteMessageBus } from '@perennial/message-bus'
import { openSqliteReadStore, type ReadModel, type ReadStore } from '@perennial/read-store'
import { createLogger, createMetrics } from '@perennial/runtime'
import type { OperationsDependencies } from './dependencies.ts'
import { buildOperations, createOperations } from './operations.ts'

const layoutOf = (name: string, version = 1) => ({ name, projector: name, version, filters: [] })
const [tier, points] = [layoutOf('tier'), layoutOf('points')]
const allPartitions = Array.from({ length: 64 }, (_, partition) => partition)

/** A log of ten events whose positions are bytes: a thousand for each. */
const log = { head: async () => 10_000, countAfter: async (position: number) => 10 - Math.floor(position / 1000) }

const never = () => new Promise<never>(() => {})
const notToBeAsked = () => Promise.reject(new Error('asked without need'))

let stores: {
  bus: MessageBus
  deadLetters: DeadLetters
  tier: ReadStore
  points: ReadStore
}
let settledUpTo = 0
let processMetrics: OperationsDependencies['metrics']

beforeEach(() => {
  stores = {
    bus: openSqliteMessageBus(':memory:'),
    tier: openSqliteReadStore(':memory:', { trackRows: true }),
    points: openSqliteReadStore(':memory:'),
    deadLetters: openSqliteDeadLetters(':memory:'),
  }
  settledUpTo = 0
  processMetrics = createMetrics()
})
afterEach(async () => {
  for (const store of Object.values(stores)) await store.close()
})

/** A process that runs these services. */
function processOf(services: readonly string[], more: Partial<OperationsDependencies> = {}, maxLag = 5) {
  const dependencies: OperationsDependencies = {
    services,
    projectors: [tier, points],
    eventStore: log,
    bus: stores.bus,
    deadLetters: stores.deadLetters,
    settlementProgress: { position: async () => settledUpTo },
    readStores: new Map([
      ['tier', stores.tier],
      ['points', stores.points],
    ]),
    metrics: processMetrics,
    logger: createLogger('silent'),
    ...more,
  }
  const app = buildOperations(dependencies, { maxLag, answerMs: 50 })
  return {
    /** The answer; its status is 'ready', or that of the problem. */
    ready: async () => (await app.inject('/health/ready')).json() as { status: string | number; services: Record<string, object> },
    metrics: async () => (await app.inject('/metrics')).body.split('\n'),
    get: (url: string) => app.inject(url),
  }
}

async function publish(count: number): Promise<void> {
  await stores.bus.publish(
    topics.events,
    Array.from({ length: count }, (_, n) => ({ key: `m${n}`, value: '{}' })),
  )
}

const reach = (model: ReadModel, position: number, partitions = allPartitions, epoch?: number) =>
  model.commit({ members: [], checkpoint: { partitions, position }, ...(epoch !== undefined && { epoch }) })

describe('a process is ready', () => {
  test('with ingest, while no more messages wait on the bus than it may be behind', async () => {
    const { ready } = processOf(['ingest'])
    await publish(5)
    expect(await ready()).toEqual({ status: 'ready', head: 10_000, services: { ingest: { lag: 5 } }, projectors: {} })
    await publish(1)
    const fault = '6 behind, ready up to 5'
    expect(await ready()).toMatchObject({
      code: 'not-ready',
      services: { ingest: { lag: 6, fault } },
      faults: [{ field: 'ingest', message: fault }],
    })
  })

  test('with several topics, by what waits on all of them', async () => {
    await publish(2)
    await stores.bus.publish('tills', [{ key: 'm1', value: '{}' }])
    const { ready, metrics } = processOf(['ingest'], { intake: { topics: [topics.events, 'tills'] } })
    expect((await ready()).services).toEqual({ ingest: { lag: 3 } })
    expect(await metrics()).toEqual(
      expect.arrayContaining([
        'perennial_ingest_lag 3',
        'perennial_bus_lag{group="ingest"} 2',
        'perennial_bus_lag{group="ingest.tills"} 1',
      ]),
    )
  })

  test('with settlement and a projector, by events and not by positions', async () => {
    const { ready } = processOf(['settlement', 'tier'])
    expect((await ready()).services).toMatchObject({ settlement: { lag: 10 }, tier: { lag: 10 } })
    settledUpTo = 6_000
    const model = await stores.tier.live(tier)
    await reach(model, 9_000)
    await reach(model, 8_000, [3])
    expect(await ready()).toMatchObject({ status: 'ready', services: { settlement: { lag: 4 }, tier: { lag: 2 } } })
  })

  test('with the relay, by announcements and rows', async () => {
    const model = await stores.tier.live(tier)
    const member = (memberId: string) => ({ memberId, state: '{}', shown: {}, nextDue: null })
    await model.commit({ members: ['a', 'b', 'c'].map(member), announcements: ['{}', '{}'] })
    const { ready, metrics } = processOf(['relay'])
    expect((await ready()).services).toEqual({ relay: { lag: 5 } })
    expect(await metrics()).toEqual(
      expect.arrayContaining([
        'perennial_relay_lag{projector="tier",kind="announcements"} 2',
        'perennial_relay_lag{projector="tier",kind="rows"} 3',
        'perennial_relay_lag{projector="points",kind="rows"} 0',
        'perennial_outbox_lag{projector="tier"} 2',
      ]),
    )
    await model.commit({ members: [member('d')] })
    expect(await ready()).toMatchObject({ code: 'not-ready', services: { relay: { lag: 6 } } })
  })

  test('with the learner, while the log answers', async () => {
    expect(await processOf(['learner']).ready()).toMatchObject({ status: 'ready', services: { learner: {} } })
    const away = { head: never, countAfter: never }
    expect(await processOf(['learner'], { eventStore: away }).ready()).toMatchObject({ code: 'not-ready' })
  })

  test('with a projector whose read model was made by its version, and not by another', async () => {
    await reach(await stores.tier.live(tier), 10_000)
    const { ready } = processOf(['tier'], { projectors: [layoutOf('tier', 2)] })
    const fault = 'expected a read model of version 2, found 1'
    expect(await ready()).toMatchObject({ code: 'not-ready', services: { tier: { lag: 0, fault } } })
  })
})

describe('where processes share the partitions of a projector', () => {
  const [mine, theirs] = [allPartitions.slice(0, 32), allPartitions.slice(32)]

  test('each is measured by its own; who stands by is ready; the API is measured by all', async () => {
    const model = await stores.tier.live(tier)
    const leaseOf = async (owner: string, partitions: number[]) => (await model.claim({ owner, partitions, ttlMs: 60_000 })).epoch
    await reach(model, 9_000, mine, await leaseOf('one', mine))
    await reach(model, 1_000, theirs, await leaseOf('two', theirs))
    expect(await processOf(['tier'], { partitionOwner: 'one' }).ready()).toMatchObject({ status: 'ready', services: { tier: { lag: 1 } } })
    expect(await processOf(['tier'], { partitionOwner: 'two' }).ready()).toMatchObject({
      code: 'not-ready',
      services: { tier: { lag: 9 } },
    })
    expect(await processOf(['tier'], { partitionOwner: 'three' }).ready()).toMatchObject({
      status: 'ready',
      services: { tier: { lag: 0 } },
    })
    const withApi = processOf(['tier', 'api'], { partitionOwner: 'one', projectors: [tier] })
    expect(await withApi.ready()).toMatchObject({ code: 'not-ready', services: { tier: { lag: 9 }, api: {} } })
  })
})

describe('a store that does not answer', () => {
  test('makes its services not ready in time, and no others; strangers are told nothing of what is inside', async () => {
    const broken = { ...stores.points, live: () => Promise.reject(new Error('postgres://ann:s3cret@db')) }
    const refused = { ...stores.tier, live: () => Promise.reject(new PerennialError('store-refused', { message: 'Wrong password.' })) }
    const readStores = new Map([
      ['tier', refused],
      ['points', broken],
    ])
    settledUpTo = 10_000
    const { ready, get } = processOf(['tier', 'points', 'ingest', 'settlement'], { readStores, bus: { lag: never } })
    const { services, status } = await ready()
    expect(status).toBe(503)
    expect(services).toEqual({
      tier: { fault: expect.stringContaining('Wrong password.') },
      points: { fault: 'cannot be read' },
      ingest: { fault: expect.stringContaining('did not answer within 0.05 s') },
      settlement: { lag: 0 },
    })
    expect((await get('/health/ready')).body).not.toContain('s3cret')
  })

  test('is not asked again while it has not answered', async () => {
    let asked = 0
    let answer: (lag: number) => void = () => {}
    const slow = {
      lag: () => {
        asked++
        return new Promise<number>((resolve) => (answer = resolve))
      },
    }
    const { ready, metrics } = processOf(['ingest'], { bus: slow })
    await Promise.all([ready(), metrics(), ready()])
    await metrics()
    expect(asked).toBe(1)
    answer(3)
    await sleep(0)
    const again = metrics()
    await sleep(0)
    answer(4)
    expect(await again).toContain('perennial_ingest_lag 4')
    expect(asked).toBe(2)
  })

  test('is told to the log when it begins and when it is over, however often somebody asks, without a stack trace', async () => {
    const lines: { level: string; fields: object }[] = []
    const tell = (level: string) => (fields: object) => void lines.push({ level, fields })
    const logger = { info: tell('info'), warn: tell('warn'), error: tell('error') } as unknown as OperationsDependencies['logger']
    let away = true
    const refusing = () => Promise.reject(new PerennialError('store-unavailable', { where: 'Kafka', message: 'Closed connection.' }))
    const { ready, metrics } = processOf(['ingest', 'settlement'], { logger, bus: { lag: () => (away ? refusing() : Promise.resolve(0)) } })
    for (let probe = 0; probe < 3; probe++) await ready()
    for (let scrape = 0; scrape < 3; scrape++) await metrics()
    const reason = expect.stringContaining('Closed connection.')
    expect(lines.splice(0)).toEqual([
      { level: 'warn', fields: { services: ['ingest'], reason } },
      { level: 'warn', fields: { figures: ['ingest'], reason } },
    ])
    away = false
    await ready()
    await ready()
    expect(lines).toEqual([{ level: 'info', fields: { services: ['ingest'] } }])
  })

  test('leaves its figures out of the metrics, instead of telling old ones; what is in the process is told', async () => {
    let away = false
    processMetrics.eventsIn.inc({ outcome: 'appended' }, 7)
    const { metrics } = processOf(['ingest'], { bus: { lag: () => (away ? never() : Promise.resolve(3)) } })
    expect(await metrics()).toEqual(expect.arrayContaining(['perennial_ingest_lag 3', 'perennial_figures_unknown 0']))
    away = true
    const told = await metrics()
    expect(told).toEqual(
      expect.arrayContaining([
        'perennial_events_in_total{outcome="appended"} 7',
        'perennial_dead_letters_open 0',
        'perennial_figures_unknown 2',
      ]),
    )
    expect(told.filter((line) => /^perennial_(ingest|bus)_lag/.test(line))).toEqual([])
    away = false
    // An answer that was lost is not waited for for ever.
    await sleep(50 * 15)
    expect(await metrics()).toEqual(expect.arrayContaining(['perennial_ingest_lag 3', 'perennial_figures_unknown 0']))
  })
})

describe('the metrics', () => {
  const nobody = {
    bus: { lag: notToBeAsked },
    deadLetters: { countOpen: notToBeAsked },
    settlementProgress: { position: notToBeAsked },
  }

  test('of a process without the API are those of its services, and nobody else is asked', async () => {
    const told = await processOf(['tier'], { ...nobody, readStores: new Map([['tier', stores.tier]]) }).metrics()
    expect(told).toEqual(
      expect.arrayContaining([
        'perennial_projector_lag{projector="tier"} 10',
        'perennial_parked_members{projector="tier"} 0',
        'perennial_figures_unknown 0',
      ]),
    )
    expect(told.filter((line) => /^perennial_(settlement_lag|ingest_lag|bus_lag|dead|relay_lag|outbox)|points/.test(line))).toEqual([])
  })

  test('of a process with the API are those of all services', async () => {
    await publish(2)
    settledUpTo = 9_000
    const told = await processOf(['api']).metrics()
    expect(told).toEqual(
      expect.arrayContaining([
        'perennial_ingest_lag 2',
        'perennial_settlement_lag 1',
        'perennial_projector_lag{projector="points"} 10',
        'perennial_relay_lag{projector="points",kind="rows"} 0',
        'perennial_dead_letters_open 0',
      ]),
    )
  })

  test('tell of the process itself', async () => {
    const told = (await processOf([]).metrics()).join('\n')
    for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds'])
      expect(told).toMatch(new RegExp(`^${name} [0-9.e+-]+$`, 'm'))
  })
})

test('the server listens where it says, answers anything else with a problem, and stops when it is told to', async () => {
  const stop = new AbortController()
  const { promise: listening, resolve: onListening } = Promise.withResolvers<{ url: string }>()
  const { bus, deadLetters } = stores
  const dependencies = { services: ['ingest'], projectors: [], eventStore: log, bus, deadLetters, readStores: new Map() }
  const logger = createLogger('silent')
  const settlementProgress = { position: notToBeAsked }
  const service = createOperations(
    { ...dependencies, settlementProgress, metrics: processMetrics, logger },
    { host: '127.0.0.1', port: 0, maxLag: 5, onListening },
  )
  expect(service.name).toBe('operations')
  await service.drain()
  const running = service.run(stop.signal)
  const { url } = await listening
  expect(await (await fetch(`${url}/health/live`)).json()).toEqual({ status: 'live' })
  expect((await fetch(`${url}/health/ready`)).status).toBe(200)
  expect((await fetch(`${url}/metrics`)).headers.get('content-type')).toContain('text/plain')
  const unknown = await fetch(`${url}/v1/tier`)
  expect([unknown.status, ((await unknown.json()) as { code: string }).code]).toEqual([404, 'not-found'])
  stop.abort()
  await running
  await expect(fetch(`${url}/health/live`)).rejects.toThrow()
})
