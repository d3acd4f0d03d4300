import { PerennialError, publishTopic } from '@perennial/contracts'
import type { Engine } from '@perennial/engine'
import { modelCategory, programmeCategory } from '@perennial/event-store'
import type { NewMessage } from '@perennial/message-bus'
import { progress } from './output/progress.ts'
import { Stopped } from './output/report-error.ts'
import { count } from './output/table.ts'

const messagesPerBatch = 5_000

export interface Outcome {
  published: number
  /** Events of the shop that are in the log now and were not before, also others' meanwhile; at most what can be of these. */
  appended: number
  /** Also those that were refused before, and are again. */
  refused: number
  /** They lie ahead of the clock, and count once their time has come. */
  waiting: number
  seconds: number
}

/** Publishes messages on the bus, then works until they have reached the read models. */
export async function publishAndDrain(
  engine: Engine,
  messages: Iterable<NewMessage> | AsyncIterable<NewMessage>,
  total: number,
  signal: AbortSignal,
): Promise<Outcome> {
  const start = Date.now()
  const headBefore = await engine.eventStore.head()
  const settledBefore = await settledBy(engine)
  const refusalsBefore = await engine.deadLetters.countRefusals()
  const waitingBefore = await engine.waitingRoom.count()
  const publishing = progress('publish', total)
  let published = 0
  let batch: NewMessage[] = []
  const flush = async () => {
    await engine.bus.publish(publishTopic(engine.intake), batch)
    published += batch.length
    batch = []
    publishing.update(published)
    // Let Ctrl-C through: publishing is synchronous work otherwise.
    await new Promise(setImmediate)
    if (signal.aborted) throw signal.reason
  }
  try {
    for await (const message of messages) {
      batch.push(message)
      if (batch.length === messagesPerBatch) await flush()
    }
    await flush()
  } finally {
    publishing.stop()
  }
  await drainWithProgress(engine, signal)
  const refused = (await engine.deadLetters.countRefusals()) - refusalsBefore
  const appended = (await countShopEvents(engine, headBefore)) - ((await settledBy(engine)) - settledBefore)
  return {
    published,
    // What other processes settle and others publish meanwhile is in the log as well.
    appended: Math.min(appended, Math.max(0, published - refused)),
    refused,
    waiting: Math.max(0, (await engine.waitingRoom.count()) - waitingBefore),
    seconds: (Date.now() - start) / 1000,
  }
}

/** Events behind a position, without the programme's and without what was learnt. */
async function countShopEvents({ eventStore }: Engine, after: number): Promise<number> {
  const all = await eventStore.countAfter(after)
  const others = await Promise.all([programmeCategory, modelCategory].map((category) => eventStore.readCategory(category, { after })))
  return all - others.flat().length
}

/** Events that this process has appended because they follow from a decision, so far. */
async function settledBy({ metrics }: Engine): Promise<number> {
  const { values } = await metrics.settled.get()
  return values.reduce((sum, { value }) => sum + value, 0)
}

/** What became of the events, in a sentence. */
export function describeOutcome({ published, appended, refused, waiting, seconds }: Outcome): string {
  // Others write to the log meanwhile: what they appended is not known apart.
  const known = Math.max(0, published - appended - refused - waiting)
  const ahead = waiting > 0 ? `, ${count(waiting)} wait until their time has come` : ''
  return `${count(published)} events published in ${seconds.toFixed(1)} s: ${count(appended)} new, ${count(known)} known already, ${count(refused)} refused${ahead}.`
}

/** A command whose events were not all taken has not succeeded. @throws PerennialError `some-refused` */
export function failIfRefused({ refused }: Pick<Outcome, 'refused'>): void {
  if (refused > 0) throw new PerennialError('some-refused', { message: `${count(refused)} refused.` })
}

/** Works until everything published has reached the read models. */
export async function drainWithProgress(engine: Engine, signal: AbortSignal): Promise<void> {
  let stage = ''
  let total = 0
  let shown = progress('', 1)
  try {
    await engine.drain({
      signal,
      onProgress(step) {
        if (step.stage !== stage) {
          shown.stop()
          stage = step.stage
          total = Math.max(1, step.left)
          shown = progress(stage, total)
        }
        shown.update(total - step.left)
      },
    })
  } finally {
    shown.stop()
  }
  if (signal.aborted) throw new Stopped()
}
