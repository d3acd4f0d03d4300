import { topics } from '@perennial/contracts'
import type { TestEngine } from './engine.ts'

export interface Announced {
  id: string
  type: string
  subject: string
  time: string
  data: { before?: string | null; after?: string } & Record<string, unknown>
}

/** Everything on the bus, in its order. */
export async function announced(engine: TestEngine): Promise<Announced[]> {
  const messages = await engine.bus.read({ topic: topics.announcements, limit: 1_000_000 })
  return messages.map(({ value }) => JSON.parse(String(value)) as Announced)
}

/** What each member was said to become, by type, in order; fails the reader where `before` is not the last `after`. */
export function stories(told: readonly Announced[]): Record<string, string[]> {
  const all: Record<string, string[]> = {}
  for (const { type, subject, data } of told) {
    const story = (all[`${subject} ${type}`] ??= [])
    if (data.after === undefined) {
      story.push(JSON.stringify(data))
      continue
    }
    const last = story.at(-1) ?? null
    // Of whom there is nothing to say, it need not have been said.
    if ((last ?? 'unknown') !== (data.before ?? 'unknown')) story.push(`BROKEN: ${data.before} instead of ${last}`)
    story.push(data.after)
  }
  return all
}
