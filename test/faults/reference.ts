import { join } from 'node:path'
import { topics } from '@perennial/contracts'
import { createDecisions } from '@perennial/decisions'
import { type Engine, openEngine } from '@perennial/engine'
import { learn } from '@perennial/learning'
import { createReader } from '@perennial/projector'
import { createLogger, fixedClock } from '@perennial/runtime'
import { temporaryDirectory } from '../end-to-end/support/command-line.ts'
import { clocks, toMessages, type World } from './world.ts'

/** What everything has to come to. */
export interface Reference {
  /** By read model, as `perennial export` gives them. */
  exports: Record<string, string>
  events: number
  /** Ids of the dead letters, in order. */
  deadLetters: string[]
}

/** The same after more and more has happened. */
export interface References {
  right: Reference
  /** An hour later. */
  ahead: Reference
  /** After the shop was learnt from, at the right time again. */
  fitted: Reference
}

/** The same events and decisions on the embedded engine, undisturbed: everything sent once. */
export async function undisturbed({ first, decisions, pieces, bad }: World): Promise<References> {
  const data = join(temporaryDirectory(), 'data')
  const now = Date.parse(clocks.right)
  const engine = openEngine({ dataDirectory: data, clock: fixedClock(now), logger: createLogger('silent') })
  const reference = async (at: string): Promise<Reference> => {
    const { events } = await engine.eventStore.counts()
    return { events, deadLetters: await deadLetterIds(engine), exports: await exportsFrom(engine, at) }
  }
  try {
    await engine.bus.publish(topics.events, toMessages(first))
    await engine.drain()
    const { decide } = createDecisions(engine)
    for (const { memberId, key, command } of decisions) await decide(memberId, key, command)
    await engine.bus.publish(topics.events, [...pieces.flatMap(toMessages), ...bad])
    await engine.drain()
    const right = await reference(clocks.right)
    const ahead = await reference(clocks.ahead)
    await learn({ eventStore: engine.eventStore, asOf: now, now })
    await engine.drain()
    return { right, ahead, fitted: await reference(clocks.right) }
  } finally {
    await engine.close()
  }
}

export async function deadLetterIds({ deadLetters }: Engine): Promise<string[]> {
  return (await deadLetters.list({ limit: 100_000, all: true })).map(({ id }) => id).sort()
}

/** What `perennial export` writes: a line for each row. */
export async function exportsFrom(engine: Engine, at: string): Promise<Record<string, string>> {
  const reader = createReader({ ...engine, clock: () => Date.parse(at) })
  const exports: Record<string, string> = {}
  for (const projector of engine.projectors) {
    const lines: string[] = []
    for await (const row of reader.all(projector)) lines.push(`${JSON.stringify(row)}\n`)
    exports[projector.name] = lines.join('')
  }
  return exports
}
