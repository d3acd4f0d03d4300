import { areaUnderCurve } from '@perennial/buy-till-you-die'
import {
  brierScore,
  expectedCalibrationError,
  gainsByTenths,
  logLoss,
  type Reliability,
  reliabilityByTenths,
  topTenthLift,
} from './accuracy.ts'
import { type Contender, contendersAt, contendingModels } from './backtest-contenders.ts'
import { rememberedFits } from './chance-by-model.ts'
import type { ChurnFitOptions } from './churn-fit-options.ts'
import { isMixed, originOf, snapshotsMax } from './origins.ts'
import type { MemberSnapshot, ShopSnapshot } from './snapshot.ts'

export interface BacktestOptions extends ChurnFitOptions {
  /** How many origins, from the newest of which the outcome is known. */
  readonly evaluate: number
}

/** Plain JSON. All of it in terms of risk: that nothing is bought within the horizon. */
export interface BacktestReport {
  horizonDays: number
  /** Newest first. */
  origins: BacktestOrigin[]
  /** The same over the members of all origins, each origin's as they were then. */
  pooled: ContenderReport[]
  /** AUC of what Perennial would have used, less that of plain recency; 0 where all members did the same. */
  better: number
}

export interface BacktestOrigin {
  origin: string
  members: number
  /** How many bought within the horizon. */
  bought: number
  /** What Perennial would have used. */
  basis: string
  model: string | null
  contenders: ContenderReport[]
  better: number
}

/**
 * How well a contender did. Where it gives only a ranking, there is nothing of probabilities; where it tells everybody
 * the same, or all members did the same, there is nothing of rankings.
 */
export interface ContenderReport {
  name: string
  /** Of whom it foretold something: over several origins, only of those at which it could. */
  members: number
  auc: number | null
  brier: number | null
  logLoss: number | null
  calibrationError: number | null
  /** How many times as many churned among the riskiest tenth as among all. */
  lift: number | null
  /** By tenths of foretold risk, the safest first. */
  curve: Reliability[] | null
  /** The riskiest members first, by tenths: which share of all that churned is among them. */
  liftCurve: { share: number; caught: number }[] | null
}

/**
 * What every contender would have foretold at past origins from what was known there, against what came of it.
 *
 * @param snapshots newest first, each one horizon before the other: as of now, and then as many origins as are wanted and
 *   five more, as far as history goes; members sorted by id. The same snapshots give the same bits.
 */
export function backtest(snapshots: readonly ShopSnapshot[], options: BacktestOptions): BacktestReport {
  const evaluated = originsToEvaluate(snapshots, options.evaluate)
  const fitModel = rememberedFits()
  const steps = evaluated.length * (contendingModels.length + 1)
  let done = 0
  const trials = evaluated.map(({ known, later }) => {
    const [origin] = known
    const contest = contendersAt(known, options, fitModel, () => options.onProgress?.(++done, steps))
    const { snapshot, bought } = originOf(origin, later)
    const contenders = contest.contenders.map((contender) => ofMembers(contender, origin, snapshot))
    return { origin, churned: bought.map((each) => !each), learnt: contest.learnt, contenders }
  })
  const origins = trials.map(({ origin, churned, learnt, contenders }): BacktestOrigin => {
    const reports = contenders.map((contender) => reportOn(contender, churned))
    return {
      origin: new Date(origin.at).toISOString(),
      members: churned.length,
      bought: churned.filter((each) => !each).length,
      basis: learnt.basis,
      model: learnt.model,
      contenders: reports,
      better: betterThanRecency(reports),
    }
  })
  const pooled = poolByName(trials).map(({ contender, churned }) => reportOn(contender, churned))
  return { horizonDays: options.horizonDays, origins, pooled, better: betterThanRecency(pooled) }
}

/** What was said of those whose outcome is known; it was learnt from all, since nobody knew then who would be merged. */
function ofMembers(contender: Contender, origin: ShopSnapshot, { members }: ShopSnapshot): Contender {
  if (members.length === origin.members.length) return contender
  const watched = new Set(members)
  return { ...contender, risks: contender.risks.filter((_, index) => watched.has(origin.members[index] as MemberSnapshot)) }
}

interface Evaluated {
  /** The origin, and what came before it. */
  known: [ShopSnapshot, ...ShopSnapshot[]]
  later: ShopSnapshot
}

/** As far back as there are members. */
function originsToEvaluate(snapshots: readonly ShopSnapshot[], evaluate: number): Evaluated[] {
  const evaluated: Evaluated[] = []
  for (let index = 1; index <= evaluate; index++) {
    const later = snapshots[index - 1]
    const [origin, ...before] = snapshots.slice(index, index + snapshotsMax)
    if (!later || !origin || origin.members.length === 0) break
    evaluated.push({ known: [origin, ...before], later })
  }
  return evaluated
}

function reportOn({ name, kind, risks }: Contender, churned: readonly boolean[]): ContenderReport {
  // The base rate differs between origins, so over several it would seem to tell members apart.
  const sorts = kind !== 'share' && isMixed(churned)
  const curve = kind === 'ranking' ? null : reliabilityByTenths(risks, churned)
  const gains = sorts ? gainsByTenths(risks, churned) : null
  return {
    name,
    members: risks.length,
    auc: sorts ? areaUnderCurve(risks, churned) : null,
    brier: curve && brierScore(risks, churned),
    logLoss: curve && logLoss(risks, churned),
    calibrationError: curve && expectedCalibrationError(curve),
    lift: gains && topTenthLift(gains),
    curve,
    liftCurve: gains?.map((caught, tenth) => ({ share: tenth / 10, caught })) ?? null,
  }
}

/** Each contender with the members of every origin at which it said something, in the order of their first appearance. */
function poolByName(trials: readonly { contenders: readonly Contender[]; churned: readonly boolean[] }[]) {
  const pools = new Map<string, { contender: Contender & { risks: number[] }; churned: boolean[] }>()
  for (const { contenders, churned } of trials) {
    for (const { name, kind, risks } of contenders) {
      const pool = pools.get(name) ?? { contender: { name, kind, risks: [] }, churned: [] }
      pools.set(name, pool)
      for (const risk of risks) pool.contender.risks.push(risk)
      for (const each of churned) pool.churned.push(each)
    }
  }
  return [...pools.values()]
}

function betterThanRecency(reports: readonly ContenderReport[]): number {
  const aucOf = (wanted: string) => reports.find(({ name }) => name === wanted)?.auc ?? 0.5
  return aucOf('perennial') - aucOf('recency')
}
