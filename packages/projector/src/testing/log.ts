import {
  currentVersions,
  type DecisionDataOf,
  type DecisionType,
  decisionSource,
  type ProgrammeInput,
  programmeSchema,
} from '@perennial/contracts'
import { expiryWarnings, formatInstant, type PointsStateInFull, pointsFold, type TierFoldState, tierFold } from '@perennial/domain'
import { type EventStore, memberStream, type NewEvent, openSqliteEventStore, programmeStream } from '@perennial/event-store'
import { openSqliteReadStore, type ReadModel, type ReadStore } from '@perennial/read-store'
import { createLogger, createMetrics } from '@perennial/runtime'
import { openSqliteSettlementProgress } from '@perennial/settle'
import { createSettlement } from '@perennial/settlement'
import { type LifecycleState, lifecycleFold, stageOf } from '../../../../services/lifecycle/src/lifecycle-fold.ts'
import * as savedLifecycle from '../../../../services/lifecycle/src/saved-lifecycle.ts'
import { restore, save } from '../../../../services/points/src/saved-points.ts'
import { type LiveOptions, type LiveProjection, openLiveProjection } from '../live-projection.ts'
import { defineProjector, type Projector } from '../projector.ts'
import { createReader, type Reader } from '../reader.ts'

/** A log and read stores in memory, whose clock the test sets. */
export interface TestLog {
  now: string
  eventStore: EventStore
  readStores: Map<string, ReadStore>
  reader: Reader
  append(...events: NewEvent[]): Promise<void>
  publish(...programmes: ProgrammeInput[]): Promise<void>
  /** Somebody decides about a member, at noon of a day or at an instant; what follows for others is settled at once. */
  decide<T extends DecisionType>(memberId: string, at: string, key: string, type: T, data: DecisionDataOf[T]): Promise<void>
  /** Finishes what decisions began, and passes on what reached members who were merged away. */
  settle(): Promise<void>
  open(projector: Projector, options?: Partial<LiveOptions>): Promise<LiveProjection>
  /** Lets a projector that was just started work until there is nothing left to do. */
  follow(projector: Projector, options?: Partial<LiveOptions>): Promise<void>
  readModel(projector: Projector): Promise<ReadModel>
  row(projector: Projector, memberId: string, asOf?: string): Promise<Record<string, unknown> | undefined>
  /** What the projector has announced so far, oldest first. */
  announced(projector: Projector): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

export const instant = (text: string) => Date.parse(text.length === 10 ? `${text}T12:00:00Z` : text)

export function openTestLog(now = '2025-06-30'): TestLog {
  const eventStore = openSqliteEventStore(':memory:')
  const readStores = new Map<string, ReadStore>(projectors.map(({ name }) => [name, openSqliteReadStore(':memory:')]))
  const storeOf = (projector: Projector) => readStores.get(projector.name) as ReadStore
  const progress = openSqliteSettlementProgress(':memory:')
  const metrics = createMetrics()
  const clock = () => instant(log.now)
  const reader = createReader({ projectors, eventStore, readStores, clock })
  const log: TestLog = {
    now,
    eventStore,
    readStores,
    reader,
    async append(...events) {
      await eventStore.append(events.map((event) => ({ ...event, recordedAt: clock() })))
    },
    async publish(...inputs) {
      for (const input of inputs) {
        const programme = programmeSchema.parse(input)
        const stream = programmeStream(programme.programme)
        await eventStore.appendDecision(
          {
            ...event(stream, 'ProgrammePublished', log.now, `${programme.programme}/${programme.version}`, { programme }),
            source: '/programme',
          },
          (await eventStore.readStream(stream)).length - 1,
        )
      }
    },
    async decide(memberId, at, key, type, data) {
      const stream = memberStream(memberId)
      const decision = { ...event(stream, type, at, key, data), source: decisionSource, recordedAt: clock() }
      await eventStore.appendDecision(decision, (await eventStore.readStream(stream)).length - 1)
      await log.settle()
    },
    settle: () => createSettlement({ eventStore, progress, clock, metrics, logger: createLogger('silent') }).drain(),
    open: (projector, options) => openLiveProjection({ projector, eventStore, readStore: storeOf(projector), clock, ...options }),
    async follow(projector, options) {
      const projection = await log.open(projector, options)
      while (await projection.step());
    },
    readModel: (projector) => storeOf(projector).live(projector),
    row: (projector, memberId, asOf) => reader.row(projector, memberId, asOf === undefined ? undefined : instant(asOf)),
    async announced(projector) {
      return (await storeOf(projector).pendingAnnouncements(10_000)).map(({ announcement }) => JSON.parse(announcement))
    },
    async close() {
      await Promise.all([eventStore.close(), progress.close(), ...[...readStores.values()].map((store) => store.close())])
    },
  }
  return log
}

/** One point per pound after two weeks, for three months; silver from 500. */
export const programme: ProgrammeInput = {
  programme: 'shop',
  version: 1,
  effectiveFrom: '2000-01-01',
  timeZone: 'Europe/London',
  points: {
    earn: [{ name: 'base', for: 'purchase', per: '1.00', points: 1 }],
    pending: 'P14D',
    expiry: { after: 'P3M', at: 'end-of-month' },
    warnBefore: 'P30D',
  },
  tiers: {
    metric: 'spend',
    window: { rolling: 'P12M' },
    levels: [
      { name: 'member', from: '0' },
      { name: 'silver', from: '500.00' },
    ],
  },
}

function event(stream: string, type: NewEvent['type'], at: string, id: string, data: unknown): NewEvent {
  return {
    stream,
    type,
    version: (currentVersions as Record<string, number>)[type] ?? 1,
    source: '/till',
    id,
    occurredAt: instant(at),
    recordedAt: instant(at),
    data: JSON.stringify(data),
    metadata: null,
  }
}

export function bought(memberId: string, at: string, orderId: string, pounds: number, id = `${memberId}-${orderId}`): NewEvent {
  const lines = [{ sku: 'tea', quantity: 1, amount: pounds * 100 }]
  return event(memberStream(memberId), 'PurchaseRecorded', at, id, { orderId, currency: 'GBP', lines })
}

export function broughtBack(memberId: string, at: string, returnId: string, orderId: string, pounds: number): NewEvent {
  const lines = [{ sku: 'tea', quantity: 1, amount: pounds * 100 }]
  return event(memberStream(memberId), 'ReturnRecorded', at, `${memberId}-${returnId}`, { returnId, orderId, currency: 'GBP', lines })
}

export function joined(memberId: string, at: string): NewEvent {
  return event(memberStream(memberId), 'MemberEnrolled', at, `${memberId}-joined`, {})
}

/** A purchase as a later Perennial would write it: this code cannot read it. */
export function boughtTomorrow(memberId: string, at: string, orderId: string, pounds: number): NewEvent {
  return { ...bought(memberId, at, orderId, pounds), version: 2 }
}

export const tierTeller = defineProjector<TierFoldState, { memberId: string; tier: string; spend: number }>({
  name: 'tier',
  version: 1,
  fold: tierFold,
  row: (memberId, { tier, qualifying }) => ({ memberId, tier, spend: qualifying }),
  shown: ({ tier, since }) => ({ tier, since: formatInstant(since) }),
  filters: ['tier'],
  tells: ['tier'],
  transitions(before, after) {
    if (before?.tier === after.tier) return []
    const data = { before: before ? String(before.tier) : null, after: String(after.tier), since: String(after.since) }
    return [{ type: 'perennial.tier.changed.v1', data }]
  },
})

/** Tells of points that are about to expire; forgets what only returns and decisions ask for, as the real one does. */
export const pointsTeller = defineProjector<PointsStateInFull, { memberId: string; available: number; pending: number; expired: number }>({
  name: 'points',
  version: 1,
  fold: pointsFold,
  save,
  restore,
  row: (memberId, { accounts: { available, pending, expired } }) => ({ memberId, available, pending, expired }),
  shown(state, asOf, versions) {
    const [soon] = expiryWarnings(state, asOf, versions)
    return { expiringAt: soon ? formatInstant(soon.at) : null, points: soon?.points ?? null }
  },
  filters: [],
  tells: ['available', 'pending', 'expired'],
  transitions(before, after) {
    if (after.expiringAt === null || before?.expiringAt === after.expiringAt) return []
    return [{ type: 'perennial.points.expiring.v1', data: { points: Number(after.points), at: String(after.expiringAt), warning: 'P30D' } }]
  },
})

export const lifecycleTeller = defineProjector<LifecycleState, { memberId: string; stage: string }>({
  name: 'lifecycle',
  version: 1,
  fold: lifecycleFold,
  save: savedLifecycle.save,
  restore: savedLifecycle.restore,
  row: (memberId, state) => ({ memberId, stage: stageOf(state) ?? '' }),
  shown: (state) => ({ stage: stageOf(state) ?? '' }),
  filters: ['stage'],
  tells: ['stage'],
  transitions: () => [],
})

export const projectors: readonly Projector[] = [tierTeller, pointsTeller, lifecycleTeller]
