import { setTimeout as sleep } from 'node:timers/promises'
import { type CloudEvent, PerennialError, topics } from '@perennial/contracts'
import { createDecisions } from '@perennial/decisions'
import { memberStream } from '@perennial/event-store'
import type { NewMessage } from '@perennial/message-bus'
import type { Installation } from './installation.ts'
import { toMessages, type World } from './world.ts'

/** Events and decisions on their way, as far as they are let. */
export interface Flow {
  /** Lets it go on up to this share of everything, from 0 to 1. */
  letUpTo(share: number): void
  /** Resolves when it has come as far as it was let. */
  reached(): Promise<void>
  /** How often something had to be sent again because a server had not answered. */
  repeats(): number
}

export interface FlowOptions {
  /** Between two pieces, so that faults fall in the middle of them. */
  pauseMs?: number
  /** Where there is an API now, if there is: a quarter of the pieces go there instead of to the bus. */
  api?(): string | undefined
}

const triesPauseMs = 200
const repeatable: ReadonlySet<string> = new Set(['store-unavailable', 'member-busy', 'wrong-revision'])

/**
 * Sends at least once: whatever was not answered is sent again. Begins with the histories of the members who are
 * decided about, and resolves once the log has them.
 */
export async function startFlow({ sender, observer }: Installation, world: World, options: FlowOptions = {}): Promise<Flow> {
  const { pauseMs = 0, api } = options
  const { decide } = createDecisions(sender)
  const steps = stepsOf(world)
  let allowed = 0
  let done = 0
  let repeats = 0
  let failure: unknown

  async function again(work: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await work()
        return
      } catch (error) {
        const mayRepeat = error instanceof NotAnswered || (error instanceof PerennialError && repeatable.has(error.code))
        if (!mayRepeat) throw error
        repeats++
        await sleep(triesPauseMs)
      }
    }
  }

  const publish = (messages: readonly NewMessage[]) => again(() => sender.bus.publish(topics.events, messages))

  async function run(): Promise<void> {
    for (const [index, { events, bad, ...step }] of steps.entries()) {
      while (done >= allowed) await sleep(10)
      if (api && index % 4 === 0) {
        await again(() => post(api(), events))
        await publish(bad)
      } else {
        await publish([...toMessages(events), ...bad])
      }
      for (const { memberId, key, command } of step.decisions) await again(() => decide(memberId, key, command))
      done++
      await sleep(pauseMs)
    }
  }

  await publish(toMessages(world.first))
  const wanted = Map.groupBy(world.first, ({ subject }) => subject)
  for (const [memberId, events] of wanted) {
    while ((await observer.eventStore.readStream(memberStream(memberId))).length < events.length) await sleep(50)
  }
  run().catch((error: unknown) => {
    failure = error
  })
  return {
    letUpTo(share) {
      allowed = Math.max(allowed, Math.round(steps.length * share))
    },
    async reached() {
      while (done < allowed) {
        if (failure) throw failure
        await sleep(10)
      }
    },
    repeats: () => repeats,
  }
}

interface Step {
  events: CloudEvent[]
  bad: NewMessage[]
  decisions: World['decisions']
}

/** The API is away, or could not take it: nobody knows what became of it. */
class NotAnswered extends Error {}

async function post(url: string | undefined, events: readonly CloudEvent[]): Promise<void> {
  if (url === undefined) throw new NotAnswered()
  const headers = { 'content-type': 'application/cloudevents-batch+json' }
  const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) }).catch((cause: unknown) => {
    throw new NotAnswered('the API did not answer', { cause })
  })
  const said = await answer.text().catch(() => '')
  if (answer.status >= 500 || answer.status === 429) throw new NotAnswered(said)
  if (!answer.ok) throw new Error(`the API answered ${answer.status}: ${said}`)
}

/** A piece a step; decisions within the first two thirds, before more is heard of the members whom they are about. */
function stepsOf({ pieces, again, bad, decisions }: World): Step[] {
  const deciding = Math.ceil((pieces.length * 2) / 3)
  return pieces.map((piece, index) => ({
    events: [...piece, ...(again[index] ?? [])],
    bad: bad.slice(index, index + 1),
    decisions: decisions.filter((_, nth) => Math.floor((nth * deciding) / decisions.length) === index),
  }))
}
