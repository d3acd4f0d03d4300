import { addToDay, effectiveFrom, judging, localDay, startOfDay, startOfYear, yearOf } from './calendar.ts'
import { levelAt, nameOf, placeFor, placeOf, placeOrNone, totalAt } from './levels.ts'
import type { MemberRecord, Posting } from './record.ts'
import { calendarInstants, isEvaluation, nextEvaluation, totalOf, type Window, windowAt } from './windows.ts'

/** A member's tier: levels by name, because each version of the programme has its own. */
export interface Tier {
  now: number
  held: string
  keptUntil: number | undefined
  falling: { at: number; to: string } | undefined
  /** The window in which the held level was last reached. */
  basis: Basis | undefined
  grant: { tier: string; until: number } | undefined
  name: string
  since: number
}

/** A window at an instant, with its total. */
interface Basis {
  at: number
  window: Window
  total: bigint
}

/** Begins with the member's first event, at the lowest level. */
export function firstTier(record: MemberRecord, at: number): Tier {
  const held = nameOf(record, 0, at)
  return { now: at, held, keptUntil: undefined, falling: undefined, basis: undefined, grant: undefined, name: held, since: at }
}

/** How long a level lasts that is reached at an instant; a review reckons the year from just before. */
function keep(record: MemberRecord, at: number, yearFrom = at): number | undefined {
  const { tiers, timeZone } = judging(record.programmes, at)
  const { keepUntil } = tiers
  if (keepUntil === undefined) return undefined
  if (keepUntil === 'end-of-next-year') return startOfYear(yearOf(localDay(yearFrom, timeZone)) + 2, timeZone)
  return startOfDay(addToDay(localDay(at, timeZone), keepUntil), timeZone)
}

const keepInReview = (record: MemberRecord, at: number) => keep(record, at, at - 1)

/** An event's totals have changed by some postings. */
export function settleEvent(tier: Tier, record: MemberRecord, at: number, isReturn: boolean, changes: readonly Posting[]): void {
  const { onReturn } = judging(record.programmes, at).tiers
  if (isReturn && onReturn === 'recalculate') recalculate(tier, record, at, changes)
  if (isReturn && onReturn === 'at-evaluation') waitForEvaluation(tier, record, at)
  settle(tier, record, at)
  show(tier, record, at)
}

/** What the return took from the days on which the held level stands is taken from its total. */
function recalculate(tier: Tier, record: MemberRecord, at: number, changes: readonly Posting[]): void {
  const { basis } = tier
  if (!basis) return
  const { metric } = judging(record.programmes, at).tiers
  const counted = changes.filter((change) => change.at <= basis.at && !change.unmatched)
  const total = basis.total + totalOf(counted, metric, basis.window)
  tier.basis = { ...basis, total }
  const held = placeOf(record, tier.held, at)
  const comesBelow = placeFor(record, basis.total, at) >= held && placeFor(record, total, at) < held
  if (!comesBelow || levelAt(record, at) >= held) return
  tier.held = nameOf(record, Math.max(placeFor(record, total, at), levelAt(record, at)), at)
  tier.falling = undefined
}

function waitForEvaluation(tier: Tier, record: MemberRecord, at: number): void {
  if (levelAt(record, at) >= placeOf(record, tier.held, at) || tier.falling || isKept(tier, at)) return
  tier.keptUntil = nextEvaluation(record, judging(record.programmes, at), at)
}

function isKept({ keptUntil }: Tier, at: number): boolean {
  return keptUntil !== undefined && keptUntil > at
}

function settle(tier: Tier, record: MemberRecord, at: number): void {
  const level = levelAt(record, at)
  const held = placeOf(record, tier.held, at)
  if (level < held) {
    if (tier.falling || isKept(tier, at)) return
    beginToFall(tier, record, at, level, keep(record, at))
    if (!tier.falling) settle(tier, record, at)
    return
  }
  if (level > held && judging(record.programmes, at).tiers.upgrade === 'immediately') {
    rise(tier, record, at, level, keep(record, at))
  } else if (tier.falling) {
    tier.falling = undefined
    tier.keptUntil = keep(record, at)
  }
  const window = windowAt(record, judging(record.programmes, at), at)
  tier.basis = { at, window, total: totalAt(record, at, window) }
}

function rise(tier: Tier, record: MemberRecord, at: number, level: number, keptUntil: number | undefined): void {
  tier.held = nameOf(record, level, at)
  tier.keptUntil = keptUntil
  tier.falling = undefined
}

function beginToFall(tier: Tier, record: MemberRecord, at: number, level: number, keptUntil: number | undefined): void {
  const { tiers, timeZone } = judging(record.programmes, at)
  const { grace } = tiers.downgrade
  const until = startOfDay(addToDay(localDay(at, timeZone), grace), timeZone)
  if (isNothing(grace)) drop(tier, record, at, level, keptUntil)
  else tier.falling = { at: until, to: nameOf(record, level, at) }
}

export function isNothing(period: string): boolean {
  return !/[1-9]/.test(period)
}

function drop(tier: Tier, record: MemberRecord, at: number, level: number, keptUntil: number | undefined): void {
  const { to } = judging(record.programmes, at).tiers.downgrade
  const oneDown = placeOf(record, tier.held, at) - 1
  tier.held = nameOf(record, to === 'one-down' ? Math.max(level, oneDown) : level, at)
  tier.falling = undefined
  tier.basis = undefined
  tier.keptUntil = keptUntil
}

/** Lets time pass. */
export function passTime(tier: Tier, record: MemberRecord, upTo: number): void {
  const instants = calendarInstants(record, tier.now, upTo)
  for (;;) {
    const next = nextInstant(tier, instants)
    if (next === undefined || next > upTo) break
    timeComesTo(tier, record, next)
    tier.now = next
  }
  tier.now = upTo
}

export function nextInstant({ now, keptUntil, falling, grant }: Tier, instants: readonly number[]): number | undefined {
  const own = [keptUntil, falling?.at, grant?.until].filter((at) => at !== undefined && at > now) as number[]
  const ofCalendar = instants.find((at) => at > now)
  return [...own, ...(ofCalendar === undefined ? [] : [ofCalendar])].sort((a, b) => a - b)[0]
}

export function timeComesTo(tier: Tier, record: MemberRecord, at: number): void {
  const version = judging(record.programmes, at)
  if (effectiveFrom(version) === at) changeVersion(tier, record, at)
  if (tier.falling?.at === at && levelAt(record, at) < placeOf(record, tier.held, at)) {
    const level = Math.max(placeOf(record, tier.falling.to, at), levelAt(record, at))
    drop(tier, record, at, level, keep(record, at))
  }
  if (tier.keptUntil === at) review(tier, record, at)
  if (version.tiers.upgrade === 'at-evaluation' && isEvaluation(record, version, at)) evaluate(tier, record, at)
  if (effectiveFrom(version) === at && version.tiers.keepUntil !== undefined) beginToKeep(tier, record, at)
  settle(tier, record, at)
  show(tier, record, at)
}

/** A version takes effect: levels that it does not have become its lowest, and other metrics say nothing of what was reached. */
function changeVersion(tier: Tier, record: MemberRecord, at: number): void {
  tier.held = nameOf(record, placeOf(record, tier.held, at), at)
  if (tier.falling) tier.falling = { ...tier.falling, to: nameOf(record, placeOf(record, tier.falling.to, at), at) }
  const metricAt = (instant: number) => judging(record.programmes, instant).tiers.metric
  if (metricAt(at) !== metricAt(at - 1)) tier.basis = undefined
}

/** The window that is reviewed: where windows begin anew, the one that held just before. What happens at the instant itself is later. */
function reviewed(record: MemberRecord, at: number): Basis {
  const version = judging(record.programmes, at)
  const { window } = version.tiers
  const instant = 'calendar' in window || 'anniversary' in window ? at - 1 : at
  const days = windowAt(record, version, instant)
  return { at: instant, window: days, total: totalAt(record, at, days) }
}

/** The time for which the tier was kept is over. */
function review(tier: Tier, record: MemberRecord, at: number): void {
  const basis = reviewed(record, at)
  const level = placeFor(record, basis.total, at)
  const held = placeOf(record, tier.held, at)
  if (level >= held) {
    if (level > held) tier.held = nameOf(record, level, at)
    tier.keptUntil = keepInReview(record, at)
    tier.falling = undefined
    tier.basis = basis
    return
  }
  tier.keptUntil = undefined
  if (!tier.falling) beginToFall(tier, record, at, level, keepInReview(record, at))
}

function evaluate(tier: Tier, record: MemberRecord, at: number): void {
  const basis = reviewed(record, at)
  const level = placeFor(record, basis.total, at)
  if (level <= placeOf(record, tier.held, at)) return
  rise(tier, record, at, level, keepInReview(record, at))
  tier.basis = basis
}

/** A version takes effect under which tiers are kept. */
function beginToKeep(tier: Tier, record: MemberRecord, at: number): void {
  const held = placeOf(record, tier.held, at)
  if (tier.keptUntil === undefined && levelAt(record, at) >= held && held > 0) tier.keptUntil = keep(record, at)
}

/** Until when a tier granted by hand counts, and where it stands. */
export function grantAt({ grant }: Tier, record: MemberRecord, at: number): { place: number; until: number } | undefined {
  if (!grant || grant.until <= at) return undefined
  const place = placeOrNone(record, grant.tier, at)
  return place < 0 ? undefined : { place, until: grant.until }
}

/** The tier is the higher of held and granted. */
function show(tier: Tier, record: MemberRecord, at: number): void {
  const place = Math.max(placeOf(record, tier.held, at), grantAt(tier, record, at)?.place ?? 0)
  const name = nameOf(record, place, at)
  if (name !== tier.name) tier.since = at
  tier.name = name
}
