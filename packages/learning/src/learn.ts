import { type ModelDataOf, type ModelType, modelTypes, PerennialError } from '@perennial/contracts'
import { dayMs, formatInstant, nominalMs, type Rules } from '@perennial/domain'
import { appendModel, type EventStore, wasFaster } from '@perennial/event-store'
import { loadProgrammes } from '@perennial/projector'
import type { ChurnFitOptions } from '@perennial/shop-models'
import { inThread } from './in-thread.ts'
import { snapshotsOf } from './shop-snapshots.ts'

export interface LearnOptions {
  eventStore: EventStore
  /** Milliseconds: as of when the shop is looked at. */
  asOf: number
  /** The engine's clock, milliseconds. */
  now: number
  /** What to learn; everything without it. */
  types?: readonly ModelType[]
  /** Churn models to try; those that can be scored with, without it. */
  churnModels?: ChurnFitOptions['models']
  onProgress?(progress: LearnProgress): void
  signal?: AbortSignal
}

/** Members looked at, then pieces of the churn model fitted. */
export interface LearnProgress {
  stage: 'looking' | 'fitting'
  done: number
  total: number
}

/** What was learnt, and whether the log had it already. */
export type Learnt = { [T in ModelType]: { type: T; data: ModelDataOf[T]; id: string; isNew: boolean } }[ModelType]

/** Origins looked at beside the as-of itself: the holdout, those the calibration is trained on, and one to see the oldest begin. */
export const originsMax = 5
const appendTriesMax = 5

/**
 * Looks at all members as of an instant, learns, and appends what was learnt to the log. The mathematics run in a
 * thread of their own, so that whoever serves meanwhile goes on serving.
 *
 * @throws PerennialError `not-yet` where `asOf` lies ahead, `nothing-to-learn` where nobody had bought by then
 */
export async function learn(options: LearnOptions): Promise<Learnt[]> {
  const { eventStore, asOf, now, onProgress, signal, types = [...modelTypes] as ModelType[] } = options
  if (asOf > now) throw new PerennialError('not-yet', { message: `Asked for: ${formatInstant(asOf)}.` })
  const versions = await loadProgrammes(eventStore)
  const rules = versions.judging(asOf)
  const fit = fitOptionsOf(rules, options.churnModels)
  const snapshots = await snapshotsOf({
    eventStore,
    versions,
    instants: originsBack(asOf, fit.horizonDays, types.includes('ChurnModelFitted') ? originsMax : 0),
    ...(onProgress && { onProgress: (done: number, total: number) => onProgress({ stage: 'looking', done, total }) }),
    ...(signal && { signal }),
  })
  if ((snapshots[0]?.members.length ?? 0) === 0) throw nothingToLearn(asOf)
  const results = await inThread(
    { kind: 'learn', types, snapshots, fit },
    (done, total) => onProgress?.({ stage: 'fitting', done, total }),
    signal,
  )
  const learnt: Learnt[] = []
  for (const { type, data } of results) learnt.push(await append(eventStore, type, data, now))
  return learnt
}

export function nothingToLearn(asOf: number): PerennialError {
  return new PerennialError('nothing-to-learn', { message: `Looked at: what was known as of ${formatInstant(asOf)}.` })
}

/** Two who learn at the same moment append one behind the other. */
async function append<T extends ModelType>(eventStore: EventStore, type: T, data: ModelDataOf[T], now: number): Promise<Learnt> {
  for (let tries = 1; ; tries++) {
    try {
      return { type, data, ...(await appendModel(eventStore, type, data, now)) } as Learnt
    } catch (error) {
      if (!wasFaster(error) || tries === appendTriesMax) throw error
    }
  }
}

/** The instant itself, then one horizon back, two, and so on. */
export function originsBack(asOf: number, horizonDays: number, count: number): number[] {
  return Array.from({ length: count + 1 }, (_, index) => asOf - index * horizonDays * dayMs)
}

/** What a fit takes from the programme. */
export function fitOptionsOf({ programme, rhythm }: Rules, models?: ChurnFitOptions['models'], horizonDays?: number): ChurnFitOptions {
  const { horizon, mediumFrom, highFrom, criticalFrom, evenAt } = programme.churnRisk
  return {
    horizonDays: horizonDays ?? nominalMs(horizon) / dayMs,
    bands: { mediumFrom, highFrom, criticalFrom },
    ownRhythm: {
      priorDays: rhythm.priorMs / dayMs,
      weight: rhythm.weight,
      shortestDays: rhythm.shortestMs / dayMs,
      longestDays: rhythm.longestMs / dayMs,
      evenAt,
    },
    ...(models && { models }),
  }
}
