import { describe, expect, test } from '@jest/globals'
import { type DecisionDataOf, type DecisionType, decisionSource } from '@perennial/contracts'
import { memberStream } from '@perennial/event-store'
import fc from 'fast-check'
import { bought, broughtBack, instant, openTestLog, programme, projectors, type TestLog } from './testing/log.ts'
import { verify } from './verify.ts'

const members = ['ann', 'bob', 'cem'] as const
type Member = (typeof members)[number]

/** One thing that happens on a day, or lets the projectors work. */
type Step =
  | { kind: 'buys'; member: Member; daysAgo: number; pounds: number }
  | { kind: 'brings back'; member: Member; order: number }
  | { kind: 'decided'; member: Member; decision: number; points: number; about: number; other: Member }
  | { kind: 'follow'; batchMax: number }

const member = fc.constantFrom(...members)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('buys'), member, daysAgo: fc.constantFrom(0, 0, 0, 40), pounds: fc.nat(400) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('brings back'), member, order: fc.nat(30) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('decided'),
      member,
      decision: fc.nat(10),
      points: fc.integer({ min: 1, max: 500 }),
      about: fc.nat(30),
      other: member,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('follow'), batchMax: fc.constantFrom(1, 2, 1_000) }) },
) as fc.Arbitrary<Step>

const dayMs = 24 * 3_600_000
const start = Date.parse('2025-01-01T12:00:00Z')
const dayOf = (index: number) => new Date(start + index * 3 * dayMs).toISOString().slice(0, 10)

/** What step `index` decides. What it is about is a step before, which may have decided something else or nothing. */
function decisionOf(step: Step & { kind: 'decided' }, index: number): [DecisionType, object] {
  const { points, other } = step
  const about = `d${step.about % (index + 1)}`
  const decisions: [DecisionType, object][] = [
    ['PointsHeld', { points, lapsesAt: `${dayOf(index + 4)}T12:00:00Z` } satisfies DecisionDataOf['PointsHeld']],
    ['HoldCaptured', { hold: about, points } satisfies DecisionDataOf['HoldCaptured']],
    ['HoldReleased', { hold: about } satisfies DecisionDataOf['HoldReleased']],
    ['PointsRedeemed', { points, orderId: `o${step.about}` } satisfies DecisionDataOf['PointsRedeemed']],
    ['RedemptionCancelled', { redemption: about, points } satisfies DecisionDataOf['RedemptionCancelled']],
    ['PointsAdjusted', { points, reason: 'goodwill', by: 'clerk' } satisfies DecisionDataOf['PointsAdjusted']],
    ['PointsAdjusted', { points: -points, reason: 'mistake', by: 'clerk' } satisfies DecisionDataOf['PointsAdjusted']],
    [
      'TierGranted',
      { tier: 'silver', until: `${dayOf(index + 9)}T12:00:00Z`, reason: '', by: 'clerk' } satisfies DecisionDataOf['TierGranted'],
    ],
    ['PointsTransferredOut', { to: other, points, lots: [{ points, expiresAt: null }] } satisfies DecisionDataOf['PointsTransferredOut']],
    ['MergedInto', { into: other, by: 'clerk' } satisfies DecisionDataOf['MergedInto']],
    ['MergeUndone', { merge: about, by: 'clerk' } satisfies DecisionDataOf['MergeUndone']],
  ]
  return decisions[step.decision] as [DecisionType, object]
}

async function follow(log: TestLog, batchMax: number): Promise<void> {
  for (const projector of projectors) await log.follow(projector, { batchMax })
}

async function take(log: TestLog, step: Step, index: number): Promise<void> {
  log.now = dayOf(index)
  if (step.kind === 'buys') {
    const at = new Date(instant(log.now) - step.daysAgo * dayMs).toISOString().slice(0, 10)
    return log.append(bought(step.member, at, `o${index}`, step.pounds))
  }
  if (step.kind === 'brings back') return log.append(broughtBack(step.member, log.now, `r${index}`, `o${step.order}`, 50))
  if (step.kind === 'follow') {
    await log.settle()
    return follow(log, step.batchMax)
  }
  const [type, data] = decisionOf(step, index)
  const stream = await log.eventStore.readStream(memberStream(step.member))
  await log.eventStore.appendDecision(
    { ...bought(step.member, log.now, '', 0), type, source: decisionSource, id: `d${index}`, data: JSON.stringify(data) },
    stream.length - 1,
  )
}

describe('whatever is decided, and whenever the projectors look at it', () => {
  test('each read model ends as the streams have it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const log = openTestLog(dayOf(0))
        try {
          await log.publish(programme)
          for (const [index, one] of steps.entries()) await take(log, one, index)
          await log.settle()
          await follow(log, 1_000)
          for (const projector of projectors) {
            const readModel = await log.readModel(projector)
            const { differences, parked } = await verify({
              projector,
              readModel,
              eventStore: log.eventStore,
              clock: () => instant(log.now),
            })
            expect({ projector: projector.name, differences, parked }).toEqual({ projector: projector.name, differences: [], parked: 0 })
          }
        } finally {
          await log.close()
        }
      }),
      { numRuns: 200 },
    )
  })
})
