import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { ProgrammeInput } from '@perennial/contracts'
import type { EventStore, MemberRecords, NewEvent } from '@perennial/event-store'
import { openSqliteReadStore, type ReadStore, reachedPosition } from '@perennial/read-store'
import { createLogger, createMetrics } from '@perennial/runtime'
import fc from 'fast-check'
import { createProjectorWork, type ProjectorWork } from './projector-work.ts'
import { bought, broughtBack, instant, openTestLog, programme, type TestLog, tierTeller } from './testing/log.ts'

const ttlMs = 6_000
const metrics = createMetrics()
const logger = createLogger('silent')
const realNow = Date.now
/** By which leases run out; the engine's own clock only moves when a story says so. */
let time = 1_000_000
beforeEach(() => {
  Date.now = () => time
})
afterEach(() => {
  Date.now = realNow
})

const levels = (scale: number) =>
  Array.from({ length: 8 }, (_, n) => ({ name: `level ${n}`, from: (n * scale).toFixed(2) })) as [{ name: string; from: string }]
const rules: ProgrammeInput[] = [1, 2, 3, 4, 5, 6].map((version) => ({
  ...programme,
  version,
  effectiveFrom: version === 1 ? '2000-01-01' : '2025-01-01',
  tiers: { metric: 'spend', window: { rolling: 'P12M' }, levels: levels(version % 2 ? 60 : 90) },
}))
const members = Array.from({ length: 14 }, (_, n) => `m${n}`)

const places = ['batch-read', 'batch-folded', 'batch-committed', 'clock-committed', 'sweep-committed']
const turnsMax = 10_000
const roundsMax = 100

/** A sweep of a few members at a time, so that there are places at which it is cut off. */
function inSmallPages(eventStore: EventStore): EventStore {
  return {
    ...eventStore,
    async *readHistories(options) {
      for await (const page of eventStore.readHistories(options)) {
        for (let start = 0; start < page.length; start += 3) yield page.slice(start, start + 3) as MemberRecords[]
      }
    },
  }
}

interface Happening {
  kind: 'events' | 'rules' | 'days' | 'join' | 'leave' | 'die' | 'crash' | 'silence' | 'turns' | 'at once'
  who: number
  other: number
  size: number
}

const happenings: fc.Arbitrary<Happening> = fc.record({
  kind: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('events', 'turns', 'at once') },
    { weight: 3, arbitrary: fc.constantFrom('rules', 'rules', 'days', 'join', 'join', 'leave', 'die', 'crash', 'crash', 'silence') },
  ) as fc.Arbitrary<Happening['kind']>,
  who: fc.nat({ max: 20 }),
  other: fc.nat({ max: 20 }),
  size: fc.integer({ min: 1, max: 12 }),
})

/** What a shop does: the same for whoever folds it. */
function eventsOf({ who, other, size }: Happening, index: number): NewEvent[] {
  return Array.from({ length: size }, (_, n) => {
    const memberId = members[(who + n * other) % members.length] as string
    // Some come late, and some returns before their orders.
    const day = `2025-0${1 + ((who + n) % 6)}-${10 + ((index + n) % 18)}`
    const orderId = `o${index}-${n}`
    return (who + n) % 5 === 4
      ? broughtBack(memberId, day, `r${index}-${n}`, `o${index - 1}-${n}`, 20)
      : bought(memberId, day, orderId, 20 + ((other * 7 + n) % 50))
  })
}

interface Process {
  work: ProjectorWork
  dieAt: string | undefined
}

/** A few processes that share one read model, and die, fall silent and come as they like. */
function gather(log: TestLog, batchMax: number) {
  const readStore = openSqliteReadStore(':memory:')
  const eventStore = inSmallPages(log.eventStore)
  const processes: Process[] = []
  let count = 0

  function join(): void {
    const process: Process = {
      dieAt: undefined,
      work: createProjectorWork({
        projector: tierTeller,
        eventStore,
        readStore,
        clock: () => instant(log.now),
        metrics,
        logger,
        batchMax,
        share: { owner: `process ${count++}`, ttlMs, now: () => time },
        beatsByHand: true,
        failPoint(name) {
          if (name === process.dieAt) throw new Error('died')
        },
      }),
    }
    processes.push(process)
  }

  function remove(process: Process): void {
    const index = processes.indexOf(process)
    if (index !== -1) processes.splice(index, 1)
  }

  /** Whoever dies says nothing to anybody. */
  async function turn(process: Process): Promise<boolean> {
    try {
      return await process.work.turn()
    } catch (error) {
      if ((error as Error).message !== 'died') throw error
      remove(process)
      return true
    }
  }

  async function workUntilQuiet(process: Process): Promise<void> {
    process.dieAt = undefined
    await process.work.beat()
    for (let turns = 0; await turn(process); turns++) if (turns === turnsMax) throw new Error('a process finds no end')
  }

  /** Until nobody has anything left to do, and the partitions of the dead have found somebody. */
  async function drain(): Promise<void> {
    if (processes.length === 0) join()
    const head = await log.eventStore.head()
    for (let round = 0; round < roundsMax; round++) {
      for (const process of [...processes]) await workUntilQuiet(process)
      const checkpoints = await (await readStore.live(tierTeller)).checkpoints()
      if (reachedPosition(checkpoints) === head && checkpoints.every(({ sweep }) => sweep === null)) return
      time += ttlMs / 3
    }
    throw new Error('they did not come to an end')
  }

  /** Two of them in the middle of each other's steps, beats among these; and time passes meanwhile. */
  async function atOnce(one: Process, two: Process, { other, size }: Happening): Promise<void> {
    const meanwhile = Array.from({ length: size }, async (_, n) => {
      for (let wait = 0; wait < (n * other) % 7; wait++) await new Promise((resolve) => setImmediate(resolve))
      if (n % 4 === 3) time += ttlMs / 4
      if (n % 3 === 2) await (n % 2 ? one : two).work.beat()
    })
    await Promise.all([turn(one), ...(one === two ? [] : [turn(two)]), ...meanwhile])
  }

  async function happen(happening: Happening): Promise<void> {
    const { kind, who, other, size } = happening
    const one = processes[who % Math.max(processes.length, 1)]
    const two = processes[other % Math.max(processes.length, 1)]
    if (kind === 'join' && processes.length < 3) join()
    if (kind === 'silence') time += size * 1_000
    if (!one || !two) return
    if (kind === 'leave') await one.work.leave()
    if (kind === 'leave' || kind === 'die') remove(one)
    if (kind === 'crash') one.dieAt = places[Math.min(other % 8, places.length - 1)]
    if (kind === 'turns') for (let n = 0; n < size; n++) await turn(one)
    if (kind === 'at once') await atOnce(one, two, happening)
  }

  return { readStore, join, drain, happen }
}

async function outcomeOf(readStore: ReadStore) {
  const model = await readStore.live(tierTeller)
  const told = new Map<string, Record<string, unknown>[]>()
  for (const { announcement } of await readStore.pendingAnnouncements(100_000)) {
    const { subject, type, time, data } = JSON.parse(announcement)
    told.set(subject, [...(told.get(subject) ?? []), { type, time, ...data }])
  }
  return { rows: JSON.stringify(await model.page({ after: '', limit: 1_000 })), told: Object.fromEntries([...told].toSorted()) }
}

/** The same story, told to a crowd and to one writer whom nothing disturbs. */
async function tell(story: readonly Happening[], batchMax: number) {
  const log = openTestLog('2025-07-01')
  const crowd = gather(log, batchMax)
  const alone = openSqliteReadStore(':memory:')
  try {
    let version = 0
    await log.publish(rules[version++] as ProgrammeInput)
    await log.append(...members.map((memberId, n) => bought(memberId, '2025-01-01', 'first', 10 + n * 20)))
    crowd.join()
    crowd.join()
    const drain = async () => {
      const projection = await log.open(tierTeller, { readStore: alone, batchMax })
      while (await projection.step());
    }
    for (const [index, happening] of story.entries()) {
      if (happening.kind === 'events') await log.append(...eventsOf(happening, index + 1))
      else if (happening.kind === 'rules' && version < rules.length) await log.publish(rules[version++] as ProgrammeInput)
      else if (happening.kind === 'days') {
        // Whoever has not come so far would show a member at once what others hear of in two steps.
        await Promise.all([crowd.drain(), drain()])
        const [year, month] = log.now.split('-').map(Number) as [number, number]
        log.now = new Date(Date.UTC(year, month - 1 + (happening.size % 5), 1)).toISOString().slice(0, 10)
        await Promise.all([crowd.drain(), drain()])
      } else await crowd.happen(happening)
    }
    await Promise.all([crowd.drain(), drain()])
    return [await outcomeOf(crowd.readStore), await outcomeOf(alone)] as const
  } finally {
    await Promise.all([log.close(), crowd.readStore.close(), alone.close()])
  }
}

describe('processes that share a read model, and die, fall silent and come back', () => {
  test('write byte by byte what one writer would, and announce the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happenings, { minLength: 5, maxLength: 40 }), async (story) => {
        const [shared, alone] = await tell(story, 1)
        expect(shared.rows).toBe(alone.rows)
        expect(shared.told).toEqual(alone.told)
      }),
      { numRuns: 50, endOnFailure: true },
    )
  }, 300_000)

  test('also in batches, in which several changes are announced as one: no step is missing, and none comes twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happenings, { minLength: 5, maxLength: 40 }), fc.integer({ min: 2, max: 9 }), async (story, batchMax) => {
        const [shared, alone] = await tell(story, batchMax)
        expect(shared.rows).toBe(alone.rows)
        for (const [memberId, steps] of Object.entries(shared.told)) {
          expect(steps.map(({ before }) => before)).toEqual([null, ...steps.slice(0, -1).map(({ after }) => after)])
          expect(steps.every(({ before, after }) => before !== after)).toBe(true)
          expect(steps.at(-1)?.after).toBe(alone.told[memberId]?.at(-1)?.after)
        }
        expect(Object.keys(shared.told)).toEqual(Object.keys(alone.told))
      }),
      { numRuns: 30, endOnFailure: true },
    )
  }, 300_000)
})
