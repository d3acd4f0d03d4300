import {
  compareLots,
  type Debt,
  type Lot,
  type PointsState,
  type PointsStateInFull,
  type SpentPart,
  saveEarning,
  saveTier,
} from '@perennial/domain'

/**
 * How a member's points are stored. An active member has dozens of lots, and their field names would be most of the
 * state: they are tuples. What only returns and decisions ask for (awards, redemptions) is left out, because both fold
 * the whole history again.
 */
interface SavedPoints extends Pick<PointsState, 'tier' | 'earning' | 'accounts' | 'booked' | 'at'> {
  lots: SavedLot[]
  /** Absent where there are none. */
  holds?: SavedHold[]
  debts?: SavedDebt[]
}

type SavedLot = [
  at: number,
  releasesAt: number,
  expiresAt: number,
  left: number,
  number: number,
  followsActivity?: 0 | 1,
  reinstated?: 0 | 1,
]
/** Lots and debts are named by their place. */
type SavedPart = [what: 'lot' | 'debt', index: number, points: number]
type SavedHold = { id: string; at: number; lapsesAt: number; original: number; orderId?: string; parts: SavedPart[] }
type SavedDebt = [owed: number, paid: [lot: number, points: number][]]

export function save(state: PointsState): SavedPoints {
  const { tier, earning, accounts, booked, at, holds, debts } = state
  // The debt of a hold is remembered even when it is paid: when the hold lapses, the payment goes back.
  const owing = [...new Set([...debts, ...holds.flatMap(({ parts }) => parts.flatMap((part) => ('debt' in part ? [part.debt] : [])))])]
  const held = holds.flatMap(({ parts }) => parts.flatMap((part) => ('lot' in part ? [part.lot] : [])))
  const paying = owing.flatMap(({ paid }) => paid.map(({ lot }) => lot))
  const lots = [...new Set([...state.lots.filter(({ left }) => left > 0), ...held, ...paying])]
  return {
    tier: saveTier(tier),
    earning: saveEarning(earning),
    accounts,
    booked,
    at,
    lots: lots.map(saveLot),
    ...(holds.length > 0 && { holds: holds.map((hold) => saveHold(hold, lots, owing)) }),
    ...(owing.length > 0 && { debts: owing.map(({ owed, paid }) => [owed, paid.map(({ lot, points }) => [lots.indexOf(lot), points])]) }),
  }
}

function saveLot({ at, releasesAt, expiresAt, left, number, followsActivity, reinstated }: Lot): SavedLot {
  if (!followsActivity && !reinstated) return [at, releasesAt, expiresAt, left, number]
  return [at, releasesAt, expiresAt, left, number, followsActivity ? 1 : 0, reinstated ? 1 : 0]
}

function saveHold(hold: PointsState['holds'][number], lots: readonly Lot[], debts: readonly Debt[]): SavedHold {
  const { id, at, lapsesAt = 0, original, orderId, parts } = hold
  const saved = parts.map((part): SavedPart => {
    return 'lot' in part ? ['lot', lots.indexOf(part.lot), part.points] : ['debt', debts.indexOf(part.debt), part.points]
  })
  return { id, at, lapsesAt, original, ...(orderId !== undefined && { orderId }), parts: saved }
}

export function restore(saved: unknown): PointsStateInFull {
  const { tier, earning, accounts, booked, at, lots: savedLots, holds = [], debts: savedDebts = [] } = saved as SavedPoints
  const lots = savedLots.map((lot) => restoreLot(lot, at))
  const debts = savedDebts.map(([owed, paid]): Debt => {
    return { owed, paid: paid.map(([lot, points]) => ({ lot: lots[lot] as Lot, points })) }
  })
  const partOf = ([what, index, points]: SavedPart): SpentPart =>
    what === 'lot' ? { lot: lots[index] as Lot, points } : { debt: debts[index] as Debt, points }
  return {
    tier,
    earning,
    accounts,
    booked,
    at,
    lots: lots.filter(({ left, followsActivity }) => left > 0 || followsActivity).sort(compareLots),
    holds: holds.map(({ parts, ...hold }) => {
      const restored = parts.map(partOf)
      return { ...hold, into: 'held', points: restored.reduce((sum, { points }) => sum + points, 0), parts: restored }
    }),
    debts: debts.filter(({ owed }) => owed > 0),
    redemptions: new Map(),
    lotOf: new Map(),
  }
}

/** Of a lot that has expired, only what returns ask for is forgotten. */
function restoreLot([at, releasesAt, expiresAt, left, number, followsActivity = 0, reinstated = 0]: SavedLot, now: number): Lot {
  return {
    at,
    releasesAt,
    expiresAt,
    number,
    followsActivity: followsActivity === 1,
    ...(reinstated === 1 && { reinstated: true }),
    released: releasesAt <= now,
    left,
    expired: 0,
  }
}
