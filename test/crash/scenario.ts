import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CloudEvent,
  currentVersions,
  type DecisionDataOf,
  type DecisionType,
  decisionSource,
  defaultProgramme,
  type PerennialError,
  type Programme,
  topics,
} from '@perennial/contracts'
import type { FailPoints } from '@perennial/engine'
import { memberStream } from '@perennial/event-store'
import fc from 'fast-check'
import { type Announced, announced } from '../support/announcements.ts'
import { historiesOf } from '../support/arbitraries.ts'
import { exportRows, openTestEngine, publishProgrammes, storedMembers, type TestEngine } from '../support/engine.ts'

/** One thing that happens to a running engine; afterwards the engine works until nothing is left to do. */
export interface Step {
  at: number
  happens(engine: TestEngine): Promise<unknown>
}

export class Crash extends Error {}

/** Dies at the calls of fail points that are chosen, counted over all engines of a run. */
export function createCrashes(dieAt: (call: number, name: string) => boolean): FailPoints & { calls: string[] } {
  const calls: string[] = []
  const point = (service: string) => (name: string) => {
    calls.push(`${service} ${name}`)
    if (dieAt(calls.length, `${service} ${name}`)) throw new Crash(`at ${service} ${name}, call ${calls.length}`)
  }
  return { calls, ingest: point('ingest'), settlement: point('settlement'), relay: point('relay'), projectors: point('projector') }
}

export interface Outcome {
  rows: Awaited<ReturnType<typeof exportRows>>
  stored: Awaited<ReturnType<typeof storedMembers>>
  deadLetters: string[]
  parked: string[]
  announced: Announced[]
}

export async function outcomeOf(engine: TestEngine): Promise<Outcome> {
  const parked = engine.projectors.map(async ({ name }) =>
    (await (await engine.readModel(name)).parked()).map(({ memberId }) => `${name} ${memberId}`),
  )
  return {
    rows: await exportRows(engine),
    stored: await storedMembers(engine),
    deadLetters: (await engine.deadLetters.list({ limit: 100 })).map(({ id, code }) => `${id} ${code}`).sort(),
    parked: (await Promise.all(parked)).flat(),
    announced: await announced(engine),
  }
}

/** Lives through the steps. Whenever the engine dies, another is opened on the same data and goes on. */
export async function live(steps: readonly Step[], failPoints?: FailPoints): Promise<Outcome> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'perennial-crash-'))
  const open = (now: number) => openTestEngine({ now, dataDirectory, ...(failPoints && { failPoints }) })
  let engine = open(steps[0]?.at ?? 0)
  try {
    for (const { at, happens } of steps) {
      engine.now = at
      for (let work: () => Promise<unknown> = () => happens(engine); ; work = () => engine.drain()) {
        try {
          await work()
          await engine.drain()
          break
        } catch (error) {
          if (!(error instanceof Crash)) throw error
          await engine.close()
          engine = open(at)
        }
      }
    }
    return await outcomeOf(engine)
  } finally {
    await engine.close()
    rmSync(dataDirectory, { recursive: true, force: true })
  }
}

/** Announcements that two runs must share: everything but the ids, which belong to the files of one engine. */
export function withoutIds(told: readonly Announced[]): string[] {
  return told.map(({ id: _, ...rest }) => JSON.stringify(rest)).sort()
}

export function manyEvents(options: { seed: number; count: number; members: number }): CloudEvent[] {
  const { seed, count, members } = options
  const events: CloudEvent[] = []
  for (let round = 0; events.length < count; round++) {
    const [batch = []] = fc.sample(historiesOf({ maxEvents: 60 }), { seed: seed + round, numRuns: 1 })
    for (const event of batch) {
      events.push({ ...event, id: `${event.id}-${round}`, subject: members <= 3 ? event.subject : `m${(events.length * 7919) % members}` })
    }
  }
  return events.slice(0, count)
}

const dayMs = 24 * 3_600_000
const start = Date.parse('2025-06-01T00:00:00Z')

export const programme: Programme = { ...defaultProgramme(), effectiveFrom: '2024-01-01', version: 1 }
const later: Programme = {
  ...programme,
  version: 2,
  effectiveFrom: '2025-01-01',
  tiers: { ...programme.tiers, window: { rolling: 'P18M' } },
}

export const purchase = (id: string, subject: string, time: string, amount: string): CloudEvent => ({
  specversion: '1.0',
  id,
  source: '/whales',
  subject,
  time,
  type: 'retail.purchase.v1',
  data: { orderId: id, currency: 'GBP', lines: [{ sku: 'yacht', quantity: 1, amount }] },
})

/** Everything that makes the engine write something. */
export function eventfulLife(seed: number): Step[] {
  const events = manyEvents({ seed, count: 90, members: 3 })
  return [
    { at: start, happens: (engine) => publishProgrammes(engine, [programme]) },
    { at: start, happens: (engine) => engine.publish(events.slice(0, 40)) },
    { at: start + dayMs, happens: (engine) => publishNonsense(engine, events) },
    // More money than can be counted exactly: the member is parked.
    {
      at: start + 2 * dayMs,
      happens: (engine) =>
        engine.publish([
          purchase('w1', 'whale', '2025-01-01T00:00:00Z', '90071992547409.91'),
          purchase('w2', 'whale', '2025-01-02T00:00:00Z', '90071992547409.91'),
        ]),
    },
    { at: start + 3 * dayMs, happens: (engine) => publishProgrammes(engine, [later]) },
    { at: start + 200 * dayMs, happens: (engine) => engine.publish([...events.slice(40), ...events.slice(0, 5)]) },
    { at: start + 200 * dayMs, happens: async (engine) => (await engine.readModel('points')).requestRetry() },
    { at: start + 900 * dayMs, happens: async () => {} },
  ]
}

/** Somebody decides about a member, at the engine's own instant. Answers where in the log that stands. */
export async function decide<T extends DecisionType>(
  engine: TestEngine,
  memberId: string,
  key: string,
  type: T,
  data: DecisionDataOf[T],
): Promise<number> {
  const stream = memberStream(memberId)
  const { position } = await engine.eventStore.appendDecision(
    {
      stream,
      type,
      version: currentVersions[type],
      source: decisionSource,
      id: key,
      occurredAt: engine.now,
      recordedAt: engine.now,
      data: JSON.stringify(data),
      metadata: null,
    },
    (await engine.eventStore.readStream(stream)).length - 1,
  )
  return position
}

export const give = (engine: TestEngine, from: string, to: string, key: string, points: number) =>
  decide(engine, from, key, 'PointsTransferredOut', { to, points, lots: [{ points, expiresAt: null }] })
export const merge = (engine: TestEngine, from: string, into: string, key: string) =>
  decide(engine, from, key, 'MergedInto', { into, by: 'clerk' })
export const undo = (engine: TestEngine, from: string, key: string) =>
  decide(engine, from, `undo ${key}`, 'MergeUndone', { merge: key, by: 'clerk' })

/** So many that they are adopted in two pieces. */
export const visitsOfBob = Array.from({ length: 510 }, (_, n) => visit(`v${n}`, 'bob', new Date(start - (511 - n) * 60_000).toISOString()))

function visit(id: string, subject: string, time: string): CloudEvent {
  return { specversion: '1.0', id, source: '/door', subject, time, type: 'retail.engagement.v1', data: { activity: 'visit' } }
}

/** Decisions about one member that something follows from for another: points are given, accounts become one and two again. */
export function decidedLife(): Step[] {
  const bought = ['ann', 'bob', 'cem'].map((member, n) => purchase(`o${n}`, member, `2025-05-0${n + 1}T12:00:00Z`, '300.00'))
  const later = (day: number) => new Date(start + day * dayMs - 1_000).toISOString()
  return [
    { at: start, happens: (engine) => publishProgrammes(engine, [programme]) },
    { at: start, happens: (engine) => engine.publish([...bought, ...visitsOfBob]) },
    { at: start + dayMs, happens: (engine) => give(engine, 'ann', 'bob', 't1', 100) },
    { at: start + 2 * dayMs, happens: (engine) => merge(engine, 'bob', 'cem', 'm1') },
    {
      at: start + 3 * dayMs,
      happens: (engine) => engine.publish([purchase('o4', 'bob', later(3), '40.00'), visit('late', 'bob', later(-90))]),
    },
    { at: start + 4 * dayMs, happens: (engine) => give(engine, 'ann', 'bob', 't2', 30) },
    { at: start + 5 * dayMs, happens: (engine) => merge(engine, 'cem', 'ann', 'm2') },
    { at: start + 6 * dayMs, happens: (engine) => engine.publish([purchase('o5', 'bob', later(6), '50.00')]) },
    { at: start + 7 * dayMs, happens: (engine) => undo(engine, 'bob', 'm1') },
    { at: start + 8 * dayMs, happens: (engine) => engine.publish([purchase('o6', 'bob', later(8), '60.00')]) },
    { at: start + 900 * dayMs, happens: async () => {} },
  ]
}

/** An import so large that the projectors fold whole histories instead of following the log. */
export function farBehind(seed: number): Step[] {
  const events = manyEvents({ seed, count: 21_000, members: 1_000 })
  return [
    { at: start, happens: (engine) => publishProgrammes(engine, [programme]) },
    { at: start, happens: (engine) => engine.publish(events) },
    { at: start + 100 * dayMs, happens: async () => {} },
  ]
}

async function publishNonsense(engine: TestEngine, events: readonly CloudEvent[]): Promise<void> {
  const [first] = events
  await engine.bus.publish(topics.events, [
    { key: null, value: 'not JSON' },
    { key: null, value: new Uint8Array([0xff, 0xfe, 0x00]) },
    { key: null, value: JSON.stringify({ ...first, type: 'retail.engagement.v1', data: { activity: 'impostor' } }) },
  ])
}

export const killNow = start + 30 * dayMs

/**
 * After each batch, somebody gives points to somebody else. Who gives never receives, so that it does not matter which of
 * two streams grew first.
 */
export async function giftOf(engine: TestEngine, batch: number): Promise<void> {
  for (;;) {
    try {
      await give(engine, `giver ${batch % 7}`, `taker ${batch % 5}`, `gift ${batch}`, 1 + batch)
      return
    } catch (error) {
      const { code } = error as PerennialError
      // It was given before the last death.
      if (code === 'event-id-reused') return
      if (code !== 'wrong-revision') throw error
    }
  }
}

/** What a shop sends, in batches of a few events. */
export function sentByShop(seed: number): CloudEvent[][] {
  const events = manyEvents({ seed, count: 3_000, members: 60 })
  return Array.from({ length: 300 }, (_, batch) => events.slice(batch * 10, batch * 10 + 10))
}
