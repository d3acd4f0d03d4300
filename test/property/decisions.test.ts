import { expect, test } from '@jest/globals'
import { currentVersions, type Decided, PerennialError, type PointsRow } from '@perennial/contracts'
import { createDecisions, type Decisions } from '@perennial/decisions'
import type { Command } from '@perennial/domain'
import { type EventStore, memberStream, openSqliteEventStore, publishProgramme } from '@perennial/event-store'
import { createReader, type Projector } from '@perennial/projector'
import { projectors } from '@perennial/projectors'
import fc from 'fast-check'
import { instant, shop } from '../../packages/domain/src/testing/given.ts'
import { propertyTimeoutMs, runs } from '../support/property.ts'

const members = ['ann', 'bob', 'cem'] as const
const start = instant('2025-01-10')

/** Points that expire after a month, and holds that last for an hour. */
const programme = shop({
  points: {
    expiry: { after: 'P1M', at: 'end-of-day' },
    returns: { debt: 'clamp' },
    redeem: { holdFor: 'PT1H', perDay: 300 },
    adjust: { approvalAbove: 100 },
  },
})

interface Request {
  member: string
  key: string
  command: Command
}

/** A request before it is known what there is to capture, cancel, approve or undo: chosen among what was decided so far. */
interface Draft {
  member: string
  command: Command
  /** Which of the decisions that it may refer to. */
  choice: number
  /** Now and then under a key that was used before. */
  reuse: boolean
  /** Minutes since the request before. */
  later: number
}

const chosen = 'chosen when it is asked'
const points = fc.integer({ min: 1, max: 130 })
const somePoints = fc.option(points, { nil: undefined })
const member = fc.constantFrom(...members)
const by = fc.constantFrom('ben', 'cleo')
const is = <Name extends Command['command']>(command: Name) => fc.constant(command)

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ command: is('hold'), points }) },
  { weight: 3, arbitrary: fc.record({ command: is('capture'), hold: fc.constant(chosen), points: somePoints }) },
  { weight: 2, arbitrary: fc.record({ command: is('release'), hold: fc.constant(chosen) }) },
  { weight: 4, arbitrary: fc.record({ command: is('redeem'), points }) },
  { weight: 4, arbitrary: fc.record({ command: is('cancel'), redemption: fc.constant(chosen), points: somePoints }) },
  {
    weight: 2,
    arbitrary: fc.record({
      command: is('adjust'),
      points: fc.integer({ min: -200, max: 200 }).filter((value) => value !== 0),
      reason: fc.constant('goodwill'),
      by,
    }),
  },
  { weight: 2, arbitrary: fc.record({ command: fc.constantFrom('approve', 'reject'), adjustment: fc.constant(chosen), by }) },
  { weight: 3, arbitrary: fc.record({ command: is('transfer'), to: member, points }) },
  { weight: 1, arbitrary: fc.record({ command: is('merge'), into: member, by }) },
  { weight: 1, arbitrary: fc.record({ command: is('undo-merge'), merge: fc.constant(chosen), by }) },
) as fc.Arbitrary<Command>

const draft: fc.Arbitrary<Draft> = fc.record({
  member,
  command,
  choice: fc.nat(),
  reuse: fc.nat(7).map((number) => number === 0),
  later: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 20 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 3_000 }) }),
})
const drafts = (of: fc.Arbitrary<Draft>) => fc.array(of, { minLength: 2, maxLength: 30, size: 'max' })
/** What a merge brings together and its undoing takes apart may leave a debt: see the tests of merges. */
const withoutMerges = draft.filter(({ command }) => command.command !== 'merge')

/** What each command refers to, by the types of the decisions that make such things. */
const refersTo: Partial<Record<Command['command'], { field: string; types: readonly string[] }>> = {
  capture: { field: 'hold', types: ['PointsHeld'] },
  release: { field: 'hold', types: ['PointsHeld'] },
  cancel: { field: 'redemption', types: ['PointsRedeemed', 'PointsHeld'] },
  approve: { field: 'adjustment', types: ['AdjustmentProposed'] },
  reject: { field: 'adjustment', types: ['AdjustmentProposed'] },
  'undo-merge': { field: 'merge', types: ['MergedInto'] },
}

function requestOf({ member, command, choice, reuse }: Draft, index: number, made: readonly Made[]): Request {
  const key = reuse && made.length > 0 ? (made[choice % made.length] as Made).request.key : `k${index}`
  const reference = refersTo[command.command]
  if (!reference) return { member, key, command }
  const there = made.filter(({ answer }) => reference.types.includes(answer.decision.type))
  const referred = there[choice % Math.max(1, there.length)]
  if (!referred) return { member, key, command }
  return { member: referred.request.member, key, command: { ...command, [reference.field]: referred.request.key } as Command }
}

interface Made {
  request: Request
  answer: Decided
}

interface Shop {
  store: EventStore
  decisions: Decisions
  /** The answer, or the code of what spoke against it. */
  ask(request: Request, minutesLater?: number): Promise<Decided | string>
  /** undefined for a member who was merged away. */
  row(member: string): Promise<PointsRow | undefined>
}

async function openShop(): Promise<Shop> {
  let now = start
  const clock = () => now
  const store = openSqliteEventStore(':memory:')
  await publishProgramme(store, programme, start)
  await store.append(members.map((member, index) => purchase(member, 100 * (index + 1))))
  const decisions = createDecisions({ eventStore: store, projectors, clock })
  const reader = createReader({ eventStore: store, projectors, readStores: new Map(), clock })
  const pointsProjector = projectors.find(({ name }) => name === 'points') as Projector
  return {
    store,
    decisions,
    async ask({ member, key, command }, minutesLater = 0) {
      now += minutesLater * 60_000
      return decisions.decide(member, key, command).catch((error: unknown) => {
        if (error instanceof PerennialError) return error.code
        throw error
      })
    },
    async row(member) {
      try {
        return (await reader.row(pointsProjector, member, now)) as PointsRow | undefined
      } catch (error) {
        if (error instanceof PerennialError && error.code === 'member-merged') return undefined
        throw error
      }
    },
  }
}

function purchase(member: string, pounds: number) {
  return {
    stream: memberStream(member),
    type: 'PurchaseRecorded',
    version: currentVersions.PurchaseRecorded,
    source: '/till',
    id: `o-${member}`,
    occurredAt: start,
    recordedAt: start,
    data: JSON.stringify({ orderId: `o-${member}`, currency: 'GBP', lines: [{ sku: 'tea', quantity: 1, amount: pounds * 100 }] }),
    metadata: null,
  }
}

test(
  'a request that is sent again is answered as before, and changes nothing',
  async () => {
    await fc.assert(
      fc.asyncProperty(drafts(draft), async (all) => {
        const { store, ask } = await openShop()
        const made: Made[] = []
        for (const [index, draft] of all.entries()) {
          const request = requestOf(draft, index, made)
          const head = await store.head()
          const answer = await ask(request, draft.later)
          const before = made.find((one) => one.request.key === request.key)
          // What is refused leaves nothing behind.
          if (typeof answer === 'string') expect([answer, await store.head()]).toEqual([answer, head])
          else if (before) expect([answer, await store.head()]).toEqual([{ ...before.answer, repeated: true }, head])
          else made.push({ request, answer })

          const again = made[draft.choice % Math.max(1, made.length)]
          if (!again) continue
          const headBefore = await store.head()
          expect(await ask(again.request)).toEqual({ ...again.answer, repeated: true })
          expect(await store.head()).toBe(headBefore)
        }
        await store.close()
      }),
      runs(40),
    )
  },
  propertyTimeoutMs,
)

test(
  'nobody ever spends what is not there, and points that move are neither made nor lost',
  async () => {
    await fc.assert(
      fc.asyncProperty(drafts(withoutMerges), async (all) => {
        const { store, ask, row } = await openShop()
        const made: Made[] = []
        for (const [index, draft] of all.entries()) {
          const request = requestOf(draft, index, made)
          const answer = await ask(request, draft.later)
          if (typeof answer !== 'string' && !answer.repeated) made.push({ request, answer })
          let moved = 0
          for (const member of members) {
            const { available, held, pending, debt, transferred } = (await row(member)) as PointsRow
            expect([debt, Math.min(available, held, pending) >= 0]).toEqual([0, true])
            moved += transferred
          }
          expect(moved).toBe(0)
        }
        await store.close()
      }),
      runs(40),
    )
  },
  propertyTimeoutMs,
)

test(
  'requests that come all at once end as they would one after another, in the order in which they were decided',
  async () => {
    await fc.assert(
      // Whoever gives points to a member who is being merged away at that moment gives them to the other one.
      fc.asyncProperty(drafts(withoutMerges), drafts(withoutMerges), async (first, then) => {
        const { store, ask, row } = await openShop()
        const made: Made[] = []
        for (const [index, draft] of first.entries()) {
          const request = requestOf(draft, index, made)
          const answer = await ask(request)
          if (typeof answer !== 'string' && !answer.repeated) made.push({ request, answer })
        }
        const requests = then.map((draft, index) => requestOf(draft, first.length + index, made))
        const answers = await Promise.all(requests.map((request) => ask(request)))
        answers.forEach((answer, index) => {
          if (typeof answer !== 'string' && !answer.repeated) made.push({ request: requests[index] as Request, answer })
        })

        const calm = await openShop()
        const positions = new Map((await store.readAll({ after: 0, limit: 1_000 })).map(({ id, position }) => [id, position]))
        const positionOf = ({ request }: Made) => positions.get(request.key) as number
        for (const { request } of made.sort((a, b) => positionOf(a) - positionOf(b)))
          expect(await calm.ask(request)).toMatchObject({ repeated: false })
        for (const member of members) expect(await calm.row(member)).toEqual(await row(member))
        await store.close()
        await calm.store.close()
      }),
      runs(40),
    )
  },
  propertyTimeoutMs,
)
