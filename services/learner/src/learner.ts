import { modelTypes, PerennialError } from '@perennial/contracts'
import { formatInstant } from '@perennial/domain'
import { type EventStore, learntModels } from '@perennial/event-store'
import { learn } from '@perennial/learning'
import { loadProgrammes } from '@perennial/projector'
import { type Clock, idle, isUnavailable, type Logger, outlast, type Service, unlessStopped } from '@perennial/runtime'

export interface LearnerDependencies {
  eventStore: EventStore
  clock: Clock
  logger: Logger
  /** Events that wait to be taken into the log. */
  waiting(): Promise<number>
  /** For tests. */
  lookEveryMs?: number
}

const lookEveryMsDefault = 60_000

/**
 * Learns the models of the shop anew whenever the programme's `churnRisk.refit` has passed since the last time: as of
 * the beginning of the day in the programme's zone, so that two who do it learn the same. What is learnt stands in the
 * log for everybody to see; nothing else is kept.
 *
 * While a history is being imported there is nothing to learn from half of it: it waits until nothing is on its way, in
 * two looks one after the other. It outlasts servers that do not answer.
 */
export function createLearner(dependencies: LearnerDependencies): Service {
  const { eventStore, clock, logger, waiting, lookEveryMs = lookEveryMsDefault } = dependencies
  let triedFor: number | undefined
  let wasQuiet = false

  async function learnWhereDue(signal: AbortSignal): Promise<void> {
    const asOf = await dueAsOf(eventStore, clock())
    // A shop where there is nothing to learn from today is asked again tomorrow.
    if (asOf === undefined || asOf === triedFor) return
    triedFor = asOf
    const start = performance.now()
    try {
      const learnt = await learn({ eventStore, asOf, now: clock(), signal })
      const ms = Math.round(performance.now() - start)
      logger.info({ asOf: formatInstant(asOf), models: learnt.map(({ id }) => id), ms }, 'learnt from the shop')
    } catch (error) {
      if (signal.aborted || (error instanceof PerennialError && error.code === 'nothing-to-learn')) return
      if (isUnavailable(error)) {
        triedFor = undefined
        throw error
      }
      // Members go on being judged by what was learnt last: no reason to stop everything else.
      logger.error({ asOf: formatInstant(asOf), err: error }, 'learning failed; it is tried again tomorrow')
    }
  }

  async function look(signal: AbortSignal): Promise<void> {
    const isQuiet = (await waiting()) === 0
    if (isQuiet && wasQuiet) await learnWhereDue(signal)
    wasQuiet = isQuiet
  }

  return {
    name: 'learner',
    // Learning waits for its time; nothing that is on the bus waits for it.
    async drain() {},
    async run(signal) {
      await unlessStopped(signal, async () => {
        while (!signal.aborted) {
          await outlast(() => look(signal), { signal, logger })
          await idle(lookEveryMs, signal)
        }
      })
    },
  }
}

/** As of when to learn now; undefined where it is not time yet. Milliseconds. */
export async function dueAsOf(eventStore: EventStore, now: number): Promise<number | undefined> {
  const { calendar, programme } = (await loadProgrammes(eventStore)).judging(now)
  const today = calendar.startOf(calendar.dayOf(now))
  const models = await learntModels(eventStore)
  // Somebody may have learnt one thing by hand: what was learnt longest ago says when all is due.
  const lastOf = (type: string) => Math.max(...models.filter((model) => model.type === type).map(({ data }) => Date.parse(data.asOf)))
  const last = Math.min(...[...modelTypes].map(lastOf))
  if (last === Number.NEGATIVE_INFINITY) return today
  return calendar.startOfDayAfter(calendar.dayOf(last), programme.churnRisk.refit) <= today ? today : undefined
}
