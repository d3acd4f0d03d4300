import { expect } from '@jest/globals'
import {
  type DecisionDataOf,
  type DecisionType,
  decisionSource,
  type EnrolmentData,
  type Programme,
  type ProgrammeInput,
  parseMinor,
  programmeSchema,
} from '@perennial/contracts'
import type { Fold } from '../fold.ts'
import { effectiveHistory } from '../member/effective-history.ts'
import { interpret } from '../member/interpret.ts'
import type { MemberEvent, MemberEventOf } from '../member/member-event.ts'
import { emptyHistory } from '../member/member-history.ts'
import { type ProgrammeVersions, programmeVersions } from '../programme/versions.ts'
import { nothingLearnt, type ShopModels } from '../shopping/learnt.ts'

/**
 * Sentences about one member: `given(bought(…), broughtBack(…)).under(shop({…})).when(pointsFold, '2025-03-01').then({…})`.
 * A date without a time is noon in London's winter; amounts are pounds unless a currency is named.
 */
export function given(...events: MemberEvent[]): Given {
  return under(events, [shop()], nothingLearnt)
}

interface Given {
  under(...programmes: Programme[]): Given
  /** What was learnt from the whole shop; nothing unless it is said. */
  havingLearnt(learnt: Partial<ShopModels>): Given
  /** Folds what happened up to `at` in the order of the folds, and lets time pass to `at`; without it, to the last event. */
  when<State>(fold: FoldOf<State>, at?: string): Outcome<State>
}

interface Outcome<State> {
  state: State
  /** What is expected of the state; fields that are not named do not matter. */
  then(expected: unknown): void
}

type FoldOf<State> = (versions: ProgrammeVersions) => Fold<State>

function under(events: readonly MemberEvent[], programmes: readonly Programme[], learnt: ShopModels): Given {
  const versions = programmeVersions(programmes, learnt)
  return {
    under: (...others) => under(events, others, learnt),
    havingLearnt: (more) => under(events, programmes, { ...learnt, ...more }),
    when(foldOf, at) {
      const state = foldAll(foldOf(versions), versions, events, at === undefined ? undefined : instant(at))
      return {
        state,
        // biome-ignore lint/suspicious/noThenProperty: the last word of the sentence; nothing waits for it
        then: (expected) => expect(state).toEqual(partly(expected)),
      }
    },
  }
}

/** Objects need only have what is named; lists are compared whole. */
function partly(expected: unknown): unknown {
  if (Array.isArray(expected)) return expected
  if (typeof expected !== 'object' || expected === null || 'asymmetricMatch' in expected) return expected
  return expect.objectContaining(Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, partly(value)])))
}

export function foldAll<State>(
  fold: Fold<State>,
  versions: ProgrammeVersions,
  events: readonly MemberEvent[],
  to?: number,
  /** Called after every event. */
  look: (state: State) => void = () => {},
): State {
  const history = emptyHistory()
  let state = fold.initial()
  for (const event of effectiveHistory(events, to ?? Number.POSITIVE_INFINITY, ({ data }) => data)) {
    interpret(history, event, versions.currencyAt(event.occurredAt), (occurrence) => {
      state = fold.evolve(fold.advance(state, occurrence.at), occurrence)
    })
    look(state)
  }
  return to === undefined ? state : fold.advance(state, to)
}

export function instant(text: string): number {
  const at = Date.parse(text.length === 10 ? `${text}T12:00:00Z` : text)
  if (Number.isNaN(at)) throw new Error(`not an instant: ${text}`)
  return at
}

type Part<T> = { [K in keyof T]?: T[K] extends readonly unknown[] ? T[K] : T[K] extends object | undefined ? Part<T[K]> : T[K] }

/** One point per pound, at once, for ever; silver from 500; a rhythm of 30 days. Tests say what they change. */
const plainShop: ProgrammeInput = {
  programme: 'shop',
  version: 1,
  effectiveFrom: '2000-01-01',
  timeZone: 'Europe/London',
  points: {
    earn: [{ name: 'base', for: 'purchase', per: '1.00', points: 1 }],
    rounding: { mode: 'floor', per: 'order' },
    pending: 'P0D',
    expiry: 'never',
    warnBefore: 'P30D',
  },
  tiers: {
    metric: 'spend',
    window: { rolling: 'P12M' },
    levels: [
      { name: 'member', from: '0' },
      { name: 'silver', from: '500.00' },
      { name: 'gold', from: '2000.00' },
    ],
  },
  lifecycle: { rhythm: { prior: 'P30D', weight: 2, shortest: 'P7D', longest: 'P180D' } },
}

export function shop(changes: Part<ProgrammeInput> = {}): Programme {
  const window = changes.tiers?.window
  const base = window ? { ...plainShop, tiers: { ...plainShop.tiers, window } } : plainShop
  return programmeSchema.parse(merge(base, changes))
}

function merge(base: unknown, changes: unknown): unknown {
  if (!isRecord(base) || !isRecord(changes)) return changes === undefined ? base : changes
  const names = new Set([...Object.keys(base), ...Object.keys(changes)])
  return Object.fromEntries([...names].map((name) => [name, merge(base[name], changes[name])]))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export type Line = {
  sku: string
  quantity: number
  amount: number
  lineId?: string
  category?: string
}

/** A line of `20.00` worth of a thing; one piece unless it says otherwise. */
export function line(sku: string, amount: string, more: Partial<Omit<Line, 'sku' | 'amount'>> = {}): Line {
  return { sku, quantity: 1, amount: minor(amount), ...more }
}

export function minor(amount: string, digits = 2): number {
  const value = parseMinor(amount, digits)
  if (typeof value !== 'number') throw new Error(`not an amount: ${amount}`)
  return value
}

interface Envelope {
  source?: string
  id?: string
  currency?: string
}

let position = 0
function envelope(at: string, id: string, { source = '/till' }: Envelope) {
  position++
  return { source, id, occurredAt: instant(at), recordedAt: instant(at), revision: position - 1, position }
}

/** @param what an amount of tea, or lines */
export function bought(at: string, orderId: string, what: string | Line[], more: Envelope = {}): MemberEventOf<'PurchaseRecorded'> {
  const lines = typeof what === 'string' ? [line('tea', what)] : what
  return {
    ...envelope(at, more.id ?? `bought-${orderId}`, more),
    type: 'PurchaseRecorded',
    data: { orderId, currency: more.currency ?? 'GBP', lines },
  }
}

/** @param orderId the order that the return names; undefined where it names none */
export function broughtBack(
  at: string,
  returnId: string,
  orderId: string | undefined,
  what: string | Line[],
  more: Envelope = {},
): MemberEventOf<'ReturnRecorded'> {
  const lines = typeof what === 'string' ? [line('tea', what)] : what
  return {
    ...envelope(at, more.id ?? `returned-${returnId}`, more),
    type: 'ReturnRecorded',
    data: { returnId, ...(orderId !== undefined && { orderId }), currency: more.currency ?? 'GBP', lines },
  }
}

export function enrolled(at: string, data: EnrolmentData = {}, more: Envelope = {}): MemberEventOf<'MemberEnrolled'> {
  return { ...envelope(at, more.id ?? `enrolled-${at}`, more), type: 'MemberEnrolled', data }
}

export function wroteReview(at: string, more: Envelope = {}): MemberEventOf<'EngagementRecorded'> {
  return { ...envelope(at, more.id ?? `review-${at}`, more), type: 'EngagementRecorded', data: { activity: 'review' } }
}

export function did(at: string, activity: string, more: Envelope = {}): MemberEventOf<'EngagementRecorded'> {
  return { ...envelope(at, more.id ?? `${activity}-${at}`, more), type: 'EngagementRecorded', data: { activity } }
}

/** A decision under the key that its caller gave. Of two at the same instant, the one that is written first was made first. */
export function decided<T extends DecisionType>(at: string, key: string, type: T, data: DecisionDataOf[T]): MemberEvent {
  return { ...envelope(at, key, { source: decisionSource }), type, data } as MemberEvent
}
