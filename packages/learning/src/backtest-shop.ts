import { PerennialError } from '@perennial/contracts'
import { dayMs, formatInstant } from '@perennial/domain'
import type { EventStore } from '@perennial/event-store'
import { loadProgrammes } from '@perennial/projector'
import type { BacktestReport, ChurnFitOptions } from '@perennial/shop-models'
import { inThread } from './in-thread.ts'
import { fitOptionsOf, type LearnProgress, nothingToLearn, originsBack, originsMax } from './learn.ts'
import { snapshotsOf } from './shop-snapshots.ts'

export interface BacktestShopOptions {
  eventStore: EventStore
  /** The newest origin, milliseconds; one horizon before now without it. */
  to?: number
  /** Not before which there are further origins, one every horizon; without it, there is only the newest. */
  from?: number
  /** Of the programme in force at `to`, without it. */
  horizonDays?: number
  /** The engine's clock: the newest origin's outcome must be known by then. */
  now: number
  churnModels?: ChurnFitOptions['models']
  onProgress?(progress: LearnProgress): void
  signal?: AbortSignal
}

const evaluatedMax = 50

/**
 * What each model would have foretold at past origins, from nothing but what was known then, against what came.
 *
 * @throws PerennialError `not-yet` where the newest outcome is not known yet, `usage` where the oldest origin is after the
 * newest or there are too many, `nothing-to-learn` where nobody had bought by the newest origin
 */
export async function backtestShop(options: BacktestShopOptions): Promise<BacktestReport> {
  const { eventStore, now, onProgress, signal } = options
  const versions = await loadProgrammes(eventStore)
  const fit = fitOptionsOf(versions.judging(options.to ?? now), options.churnModels, options.horizonDays)
  const horizonMs = fit.horizonDays * dayMs
  const to = options.to ?? now - horizonMs
  const outcome = to + horizonMs
  if (outcome > now) {
    const message = `Who buys within ${fit.horizonDays} days of ${formatInstant(to)} is known on ${formatInstant(outcome)}.`
    throw new PerennialError('not-yet', { where: '--to', message })
  }
  const from = options.from ?? to
  if (from > to) {
    const message = `The oldest instant, ${formatInstant(from)}, is after the newest, ${formatInstant(to)}.`
    throw new PerennialError('usage', { where: '--from', message })
  }
  const evaluate = Math.floor((to - from) / horizonMs) + 1
  if (evaluate > evaluatedMax) {
    const message = `Expected at most ${evaluatedMax} instants, one horizon apart, got ${evaluate}.`
    throw new PerennialError('usage', { where: '--from', message })
  }
  const snapshots = await snapshotsOf({
    eventStore,
    versions,
    instants: originsBack(outcome, fit.horizonDays, evaluate + originsMax),
    ...(onProgress && { onProgress: (done: number, total: number) => onProgress({ stage: 'looking', done, total }) }),
    ...(signal && { signal }),
  })
  if ((snapshots[1]?.members.length ?? 0) === 0) throw nothingToLearn(to)
  return inThread(
    { kind: 'backtest', snapshots, backtest: { ...fit, evaluate } },
    (done, total) => onProgress?.({ stage: 'fitting', done, total }),
    signal,
  )
}
