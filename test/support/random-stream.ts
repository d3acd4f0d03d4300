import { type AdoptedEvent, type DataOf, decisionSource, decisionTypes, type PurchaseLine } from '@perennial/contracts'
import type { MemberEvent, MemberEventOf, MemberEventType } from '@perennial/domain'
import { type Dice, shuffled } from './dice.ts'
import * as pools from './pools.ts'
import { dayMs, hourMs } from './pools.ts'

/**
 * A member's stream with facts and decisions, in the order in which it was stored.
 *
 * Most of what refers to something refers to what is there (a return to a purchase, a capture to a hold), so that much
 * happens; the rest refers to nothing, or to what comes only later.
 */
export function randomStream(dice: Dice): MemberEvent[] {
  const stream = new StreamWriter(dice, '').write(1 + dice.number(14))
  if (dice.once(12)) adopt(dice, stream, 1)
  if (dice.once(25)) leave(dice, stream)
  return stream
}

/** A member's stream with what tells how the member shops, and little else. Most orders have an id of their own. */
export function randomShopping(dice: Dice): MemberEvent[] {
  const stream = new StreamWriter(dice, '').writeShopping(1 + dice.number(24))
  if (dice.once(4)) giveBackBefore(dice, stream)
  return stream
}

/** A return that comes before the order it names: its till, or the order's, keeps the wrong time. */
function giveBackBefore(dice: Dice, stream: MemberEvent[]): void {
  const returns = stream.filter((event) => event.type === 'ReturnRecorded').filter(({ data }) => data.orderId !== undefined)
  if (returns.length === 0) return
  const late = dice.pick(returns)
  const order = stream.find((event) => event.type === 'PurchaseRecorded' && event.data.orderId === late.data.orderId)
  if (order) late.occurredAt = order.occurredAt - dice.pick([0, 1, hourMs, 10 * dayMs])
}

type Writer = (at: number) => void

class StreamWriter {
  readonly #dice: Dice
  readonly #prefix: string
  readonly #currency: string
  readonly #events: MemberEvent[] = []

  /** @param prefix of the ids of all events, so that no two streams share one */
  constructor(dice: Dice, prefix: string) {
    this.#dice = dice
    this.#prefix = prefix
    this.#currency = dice.pick(['GBP', 'GBP', 'GBP', 'GBP', 'JPY', 'KWD'])
  }

  write(count: number): MemberEvent[] {
    const kinds: Writer[] = [
      ...Array<Writer>(14).fill((at) => this.#purchase(at)),
      ...Array<Writer>(8).fill((at) => this.#return(at)),
      ...Array<Writer>(2).fill((at) => this.#engagement(at)),
      ...Array<Writer>(2).fill((at) => this.#redemption(at)),
      ...Array<Writer>(2).fill((at) => this.#hold(at)),
      ...Array<Writer>(2).fill((at) => this.#adjustment(at)),
      (at) => this.#enrolment(at),
      (at) => this.#cancellation(at),
      (at) => this.#capture(at),
      (at) => this.#capture(at),
      (at) => this.#release(at),
      (at) => this.#grant(at),
      (at) => this.#transferOut(at),
      (at) => this.#transferIn(at),
    ]
    for (const at of randomInstants(this.#dice, count)) {
      if (this.#dice.once(40)) this.#proposal(at)
      else this.#dice.pick(kinds)(at)
    }
    return this.#events
  }

  writeShopping(count: number): MemberEvent[] {
    const activities = Array.from({ length: this.#dice.pick([1, 4, 20]) }, (_, index) => `activity-${index}`)
    const ownOrder = () => (this.#dice.once(6) ? this.#dice.pick(pools.orderIds) : `o-${this.#events.length}`)
    const kinds: Writer[] = [
      ...Array<Writer>(12).fill((at) => this.#purchase(at, ownOrder())),
      ...Array<Writer>(4).fill((at) => this.#return(at)),
      ...Array<Writer>(4).fill((at) => this.#wholeReturn(at)),
      ...Array<Writer>(5).fill((at) => this.#engagement(at, this.#dice.pick(activities))),
      (at) => this.#enrolment(at),
      (at) => this.#adjustment(at),
    ]
    for (const at of randomInstants(this.#dice, count, [3, 30, 200, 200, 600, 600])) this.#dice.pick(kinds)(at)
    return this.#events
  }

  #add<T extends MemberEventType>(type: T, at: number, data: DataOf[T], source: string = decisionSource): void {
    const revision = this.#events.length
    // The order of ids is not the order of time.
    const id = `${this.#prefix}${this.#dice.number(10)}-${revision}`
    this.#events.push({ type, source, id, occurredAt: at, recordedAt: at, revision, position: revision + 1, data } as MemberEvent)
  }

  /** The id of an event of some types, or now and then of none. */
  #idOf(...types: MemberEventType[]): string {
    const ids = this.#events.flatMap(({ type, id }) => (types.includes(type) ? [id] : []))
    return ids.length === 0 || this.#dice.once(15) ? 'none' : this.#dice.pick(ids)
  }

  #points(): number {
    return this.#dice.pick([1, 5, 5, 10, 20, 20, 50, 50, 100, 100, 300, 1_000])
  }

  #line(): PurchaseLine {
    const dice = this.#dice
    const [lineId, category] = [dice.pick(pools.lineIds), dice.pick(pools.categories)]
    return {
      ...(lineId !== undefined && { lineId }),
      sku: dice.pick(pools.skus),
      ...(category !== undefined && { category }),
      quantity: dice.pick(pools.quantities),
      amount: dice.once(2) ? dice.pick(pools.minorAmounts) : dice.number(30_000),
    }
  }

  #lines(): PurchaseLine[] {
    return Array.from({ length: this.#dice.pick([1, 1, 1, 2, 2, 3, 4]) }, () => this.#line())
  }

  #paidIn(): string {
    return this.#dice.once(20) ? 'EUR' : this.#currency
  }

  #purchase(at: number, orderId: string = this.#dice.pick(pools.orderIds)): void {
    const dice = this.#dice
    const channel = dice.pick(pools.channels)
    const data = { orderId, ...(channel && { channel }), currency: this.#paidIn(), lines: this.#lines() }
    this.#add('PurchaseRecorded', at, data, dice.pick(pools.sources))
  }

  #return(at: number): void {
    const dice = this.#dice
    const purchases = this.#events.filter((event) => event.type === 'PurchaseRecorded')
    const returnId = dice.once(4) ? dice.pick(pools.returnIds) : `r-${this.#events.length}`
    if (purchases.length === 0 || dice.once(5)) {
      const orderId = dice.once(3) ? undefined : dice.pick(pools.orderIds)
      const lines = this.#lines().map(({ category: _, ...line }) => line)
      this.#add('ReturnRecorded', at, { returnId, ...(orderId && { orderId }), currency: this.#paidIn(), lines }, dice.pick(pools.sources))
      return
    }
    const { source, data } = dice.pick(purchases)
    const back = dice.once(3) ? data.lines : [dice.pick(data.lines)]
    const namesOrder = !dice.once(3)
    const lines = back.map((line) => this.#returned(line))
    this.#add('ReturnRecorded', at, { returnId, ...(namesOrder && { orderId: data.orderId }), currency: data.currency, lines }, source)
  }

  /** All of an order comes back, often of the last one. */
  #wholeReturn(at: number): void {
    const purchases = this.#events.filter((event) => event.type === 'PurchaseRecorded')
    const order = this.#dice.once(2) ? purchases.at(-1) : purchases.at(this.#dice.number(purchases.length))
    if (!order) return this.#return(at)
    const { orderId, currency } = order.data
    const lines = order.data.lines.map(({ category: _, ...line }) => line)
    const returnId = `r-${this.#events.length}`
    this.#add('ReturnRecorded', at, { returnId, ...(!this.#dice.once(8) && { orderId }), currency, lines }, order.source)
  }

  /** All of a line, a part of it, or more than there was. */
  #returned({ category: _, quantity, amount, ...line }: PurchaseLine): PurchaseLine {
    const share = this.#dice.pick([1, 1, 1, 0.5, 0.5, 0.25, 2])
    const part = Math.max(Math.round(quantity * share * 1e6), 1) / 1e6
    return { ...line, quantity: part, amount: this.#dice.once(6) ? this.#dice.number(10_000) : Math.round(amount * share) }
  }

  #enrolment(at: number): void {
    const birthday = this.#dice.pick(pools.birthdays)
    this.#add('MemberEnrolled', at, { ...(birthday && { birthday }) }, this.#dice.pick(pools.sources))
  }

  #engagement(at: number, activity: string = this.#dice.pick(pools.activities)): void {
    this.#add('EngagementRecorded', at, { activity }, this.#dice.pick(pools.sources))
  }

  #order(): { orderId?: string } {
    return this.#dice.once(3) ? {} : { orderId: this.#dice.pick(pools.orderIds) }
  }

  #redemption(at: number): void {
    this.#add('PointsRedeemed', at, { points: this.#points(), ...this.#order() })
  }

  #hold(at: number): void {
    const lapsesAt = new Date(at + this.#dice.pick([1, hourMs, dayMs, 10 * dayMs, 100 * dayMs])).toISOString()
    this.#add('PointsHeld', at, { points: this.#points(), lapsesAt, ...this.#order() })
  }

  #capture(at: number): void {
    this.#add('HoldCaptured', at, { hold: this.#idOf('PointsHeld'), points: this.#points() })
  }

  #release(at: number): void {
    this.#add('HoldReleased', at, { hold: this.#idOf('PointsHeld') })
  }

  #cancellation(at: number): void {
    this.#add('RedemptionCancelled', at, { redemption: this.#idOf('PointsRedeemed', 'PointsHeld'), points: this.#points() })
  }

  #adjustment(at: number): void {
    const points = this.#points() * this.#dice.pick([1, 1, -1])
    this.#add('PointsAdjusted', at, { points, reason: 'goodwill', by: 'sam' })
  }

  #proposal(at: number): void {
    this.#add('AdjustmentProposed', at, { points: this.#points(), reason: 'goodwill', by: 'sam' })
  }

  #grant(at: number): void {
    const until = new Date(at + this.#dice.pick([hourMs, 30 * dayMs, 400 * dayMs])).toISOString()
    this.#add('TierGranted', at, { tier: this.#dice.pick(pools.levelNames), until, reason: 'match', by: 'sam' })
  }

  #lots(at: number): { points: number; lots: { points: number; expiresAt: string | null }[] } {
    const lots = Array.from({ length: 1 + this.#dice.number(2) }, () => {
      const lives = this.#dice.pick([null, 1, 30 * dayMs, 400 * dayMs])
      return { points: this.#points(), expiresAt: lives === null ? null : new Date(at + lives).toISOString() }
    })
    return { points: lots.reduce((sum, { points }) => sum + points, 0), lots }
  }

  #transferOut(at: number): void {
    this.#add('PointsTransferredOut', at, { to: 'bob', ...this.#lots(at) })
  }

  #transferIn(at: number): void {
    this.#add('PointsTransferredIn', at, { transfer: `t-${this.#events.length}`, from: 'bob', ...this.#lots(at) })
  }
}

/** When things happen: of a few instants, so that much happens at the same one; mostly in the order of time. */
function randomInstants(dice: Dice, count: number, spans: readonly number[] = [30, 200, 600]): number[] {
  const days = dice.pick(spans)
  const begins = pools.firstInstant + dice.number(600 - days + 1) * dayMs
  const time = () => (dice.once(2) ? dice.pick(pools.awkwardTimes) : dice.number(dayMs))
  const few = Array.from({ length: count }, () => {
    if (dice.once(15)) return dice.pick(pools.clockChanges)
    if (dice.once(4)) return dice.pick(pools.awkwardDays) + time()
    return begins + dice.number(days) * dayMs + time()
  })
  const instants = few.map((at) => (dice.once(8) ? dice.pick(few) : at)).sort((a, b) => a - b)
  // A late till: what happened first is stored last.
  if (dice.once(4)) instants.push(...instants.splice(dice.number(count), 1))
  return instants
}

/** Another member was merged into this one: their history is adopted, at once or bit by bit, and may be given up again. */
function adopt(dice: Dice, stream: MemberEvent[], depth: number): void {
  const other = new StreamWriter(dice, `${'b'.repeat(depth)}`).write(1 + dice.number(6))
  if (depth < 2 && dice.once(4)) adopt(dice, other, depth + 1)
  const merge = `merge-${depth}`
  const at = momentIn(dice, stream)
  const cut = dice.once(3) ? dice.number(other.length) : other.length
  const packs = [other.slice(0, cut), other.slice(cut)].filter((pack) => pack.length > 0)
  for (const [index, pack] of packs.entries()) {
    append(stream, 'HistoryAdopted', at + index * dayMs, `${merge}-${index}`, { merge, from: 'bob', events: pack.map(asAdopted) })
  }
  if (dice.once(3)) append(stream, 'AdoptionEnded', at + dice.number(100) * dayMs, `${merge}-ended`, { merge, from: 'bob' })
}

/** As another member's stream has it when it adopts this event. */
export function asAdopted({ position: _, ...event }: MemberEvent): AdoptedEvent {
  return { ...event, version: 1 }
}

/** The member was merged into another, and perhaps came back. */
function leave(dice: Dice, stream: MemberEvent[]): void {
  const at = momentIn(dice, stream)
  append(stream, 'MergedInto', at, 'merge-away', { into: 'bob', by: 'sam' })
  if (!dice.once(3)) append(stream, 'MergeUndone', at + dice.number(100) * dayMs, 'merge-undone', { merge: 'merge-away', by: 'sam' })
}

function momentIn(dice: Dice, stream: readonly MemberEvent[]): number {
  return dice.pick(stream).occurredAt + dice.pick([0, 0, dayMs, 50 * dayMs])
}

function append<T extends MemberEventType>(stream: MemberEvent[], type: T, at: number, id: string, data: DataOf[T]): void {
  const revision = stream.length
  stream.push({
    type,
    source: decisionSource,
    id,
    occurredAt: at,
    recordedAt: at,
    revision,
    position: revision + 1,
    data,
  } as MemberEventOf<T> as MemberEvent)
}

/** Instants at which to look at a member: at the last event, and before and after it. */
export function lookingInstantsOf(dice: Dice, stream: readonly MemberEvent[]): number[] {
  const last = Math.max(...stream.map(({ occurredAt }) => occurredAt))
  const some = dice.pick(stream).occurredAt
  const looks = [last]
  if (dice.once(2)) looks.push(some + dice.pick([-1, 0, 1, dayMs, 14 * dayMs, dice.number(300) * dayMs]))
  looks.push(last + dice.pick([1, dayMs, 14 * dayMs, 31 * dayMs, dice.number(500) * dayMs, dice.number(500 * dayMs)]))
  return looks
}

/** The facts in any order, the decisions in theirs: they were made knowing what stood in the stream before. */
export function factsShuffled(stream: readonly MemberEvent[], dice: Dice): MemberEvent[] {
  const decisions = stream.filter(({ type }) => decisionTypes.has(type))
  return shuffled(stream, dice)
    .map((event) => (decisionTypes.has(event.type) ? (decisions.shift() as MemberEvent) : event))
    .map((event, revision) => ({ ...event, revision, position: revision + 1 }))
}
