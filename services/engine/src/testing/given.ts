import { type Announcement, announcementSchema, type CloudEvent, readModels, topics } from '@perennial/contracts'
import { createReader, type Row } from '@perennial/projector'
import { createLogger } from '@perennial/runtime'
import { openEngine } from '../engine.ts'

/**
 * Sentences about one projector, through the whole engine in memory: what the shop published, when the read model is
 * asked, what it says. Rows and announcements are held to their schemas on the way.
 */
export function given(...events: CloudEvent[]) {
  return {
    /** Asks at each of the instants in turn; the first one is that of publishing. */
    async when(projectorName: keyof typeof readModels, ...instants: string[]): Promise<Outcome> {
      let now = 0
      const clock = () => now
      const engine = openEngine({ dataDirectory: ':memory:', clock, logger: createLogger('silent') })
      try {
        const projector = engine.projectors.find(({ name }) => name === projectorName)
        if (!projector) throw new Error(`no projector ${projectorName}`)
        now = instant(instants[0] as string)
        await engine.bus.publish(
          topics.events,
          events.map((event) => ({ key: event.subject, value: JSON.stringify(event) })),
        )
        for (const at of instants) {
          now = instant(at)
          await engine.drain()
        }
        const rows: Record<string, Row> = {}
        const reader = createReader({ ...engine, clock })
        for await (const row of reader.all(projector)) rows[row.memberId] = readModels[projectorName].strict().parse(row) as Row
        const messages = await engine.bus.read({ topic: topics.announcements, limit: 10_000 })
        const announced = messages
          .map(({ value }) => announcementSchema.parse(JSON.parse(String(value))))
          .filter(({ source }) => source === `/perennial/${projectorName}`)
        return { rows, announced, refused: await engine.deadLetters.countOpen() }
      } finally {
        await engine.close()
      }
    },
  }
}

interface Outcome {
  /** By member. */
  rows: Record<string, Row>
  announced: Announcement[]
  refused: number
}

export const instant = (text: string) => Date.parse(text.length === 10 ? `${text}T12:00:00Z` : text)

let count = 0
const envelope = (subject: string, at: string) => ({
  specversion: '1.0' as const,
  id: `e${++count}`,
  source: '/till',
  subject,
  time: new Date(instant(at)).toISOString(),
})

export function joined(memberId: string, at: string): CloudEvent {
  return { ...envelope(memberId, at), type: 'retail.member.enrolled.v1', data: { channel: 'web' } }
}

export function bought(memberId: string, at: string, orderId: string, amount: string, currency = 'GBP'): CloudEvent {
  const lines = [{ sku: 'tea', quantity: 1, amount }]
  return { ...envelope(memberId, at), type: 'retail.purchase.v1', data: { orderId, currency, lines } }
}

export function broughtBack(memberId: string, at: string, returnId: string, orderId: string | undefined, amount: string): CloudEvent {
  const lines = [{ sku: 'tea', quantity: 1, amount }]
  return {
    ...envelope(memberId, at),
    type: 'retail.return.v1',
    data: { returnId, ...(orderId !== undefined && { orderId }), currency: 'GBP', lines },
  }
}

export function reviewed(memberId: string, at: string): CloudEvent {
  return { ...envelope(memberId, at), type: 'retail.engagement.v1', data: { activity: 'review' } }
}
