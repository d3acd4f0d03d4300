import { type DecisionRequests, decisionRequests, type ErrorCode, type MadeDecision } from '@perennial/contracts'
import { exampleMember, rowExamples } from './examples.ts'
import { jsonContent, parameterRef, problems, schemaRef } from './responses.ts'

const at = '2025-11-26T09:30:00.000Z'
const until = '2026-12-31T16:00:00.000Z'
const other = 'm-2077'

function decision(id: string, type: MadeDecision['type'], data: MadeDecision['data'], more: Partial<MadeDecision> = {}): MadeDecision {
  return { id, memberId: exampleMember, type, at, data, ...more }
}

/** What the member of the examples has when the day of the decisions is over. */
const pointsRow = { ...rowExamples.points, balance: 1_600, available: 1_600, redeemed: 800, adjusted: 2_100, transferred: 300, asOf: at }

const worth = { amount: '5.00', currency: 'GBP' }
const paid = { worth: 500, currency: 'GBP' }
const held = { points: 500, lapsesAt: '2025-11-26T09:45:00.000Z', orderId: 'o-77121', ...paid }

/** What one address takes, and what it answers. */
interface Decided<Name extends keyof DecisionRequests> {
  operationId: string
  summary: string
  description?: string
  request: Name
  example: DecisionRequests[Name]
  made: MadeDecision
  /** What can speak against it, apart from what can speak against every decision. */
  against: ErrorCode[]
  parameters?: string[]
}

const everyDecision = [
  'invalid-request',
  'invalid-json',
  'key-missing',
  'key-reused',
  'member-unknown',
  'member-merged',
  'member-busy',
  'too-large',
  'unsupported-media-type',
] as const

const spending = ['points-not-in-blocks', 'order-amount-missing', 'points-missing', 'share-of-order', 'day-limit'] as const

function decided<Name extends keyof DecisionRequests>(path: Decided<Name>) {
  const { operationId, summary, description, request, example, made, against, parameters = ['memberId'] } = path
  const answer = (repeated: boolean) => jsonContent('Decided', { decision: made, points: pointsRow, repeated })
  const waits = made.type === 'PointsAdjusted' && {
    202: {
      description: 'Proposed; a second person must approve it.',
      content: jsonContent('Decided', { decision: { ...made, type: 'AdjustmentProposed' }, points: pointsRow, repeated: false }),
    },
  }
  return {
    operationId,
    tags: ['Decisions'],
    summary,
    ...(description !== undefined && { description }),
    parameters: [...parameters.map(parameterRef), parameterRef('idempotencyKey')],
    requestBody: requestBody(request, example),
    responses: {
      200: { description: 'It had been decided before under this key; nothing was done again.', content: answer(true) },
      201: { description: 'It is decided.', content: answer(false) },
      ...waits,
      ...problems(...everyDecision, ...against),
    },
  }
}

/** A body of which every field may be left out may be left out itself. */
function requestBody(request: keyof DecisionRequests, example: unknown) {
  const required = !decisionRequests[request].safeParse({}).success
  return { required, content: jsonContent(String(decisionRequests[request].meta()?.id), example) }
}

function listed(operationId: string, summary: string, schemaId: string, row: Record<string, unknown>) {
  return {
    operationId,
    tags: ['Decisions'],
    summary,
    parameters: [parameterRef('memberId')],
    responses: {
      200: {
        description: 'Read from the stream, oldest first.',
        content: jsonContent(schemaId, { memberId: exampleMember, asOf: at, rows: [row] }),
      },
      ...problems('invalid-request', 'member-unknown', 'member-merged'),
    },
  }
}

const holdPaths = {
  '/v1/members/{id}/holds': {
    get: listed('listHolds', 'Holds that are open', 'OpenHolds', {
      hold: 'till-7/8123/hold',
      points: 500,
      at,
      lapsesAt: held.lapsesAt,
      orderId: held.orderId,
      worth,
    }),
    post: decided({
      operationId: 'holdPoints',
      summary: 'Set points aside for an order that is being paid',
      description: 'A hold that is neither captured nor released lapses by itself.',
      request: 'hold',
      example: { points: 500, orderId: 'o-77121', orderAmount: '42.00', lapsesIn: 'PT15M' },
      made: decision('till-7/8123/hold', 'PointsHeld', held, { worth }),
      against: [...spending, 'hold-too-long'],
    }),
  },
  '/v1/members/{id}/holds/{hold}/capture': {
    post: decided({
      operationId: 'captureHold',
      summary: 'Redeem what was held: the order is paid',
      description: 'The redemption has the id of the hold. What is left of the hold is given back.',
      request: 'capture',
      example: { points: 500 },
      made: decision('till-7/8123/capture', 'HoldCaptured', { hold: 'till-7/8123/hold', points: 500, ...paid }, { worth }),
      against: ['hold-unknown', 'hold-over', 'points-missing', 'points-not-in-blocks'],
      parameters: ['memberId', 'hold'],
    }),
  },
  '/v1/members/{id}/holds/{hold}/release': {
    post: decided({
      operationId: 'releaseHold',
      summary: 'Give back what was held: the order came to nothing',
      request: 'release',
      example: {},
      made: decision('till-7/8123/release', 'HoldReleased', { hold: 'till-7/8123/hold' }),
      against: ['hold-unknown', 'hold-over'],
      parameters: ['memberId', 'hold'],
    }),
  },
}

const redemptionPaths = {
  '/v1/members/{id}/redemptions': {
    get: listed('listRedemptions', 'Redemptions that can be cancelled', 'OpenRedemptions', {
      redemption: 'till-7/8124',
      points: 500,
      at,
      orderId: 'o-77122',
    }),
    post: decided({
      operationId: 'redeemPoints',
      summary: 'Spend points in one step',
      request: 'redeem',
      example: { points: 500, orderId: 'o-77122', orderAmount: '42.00' },
      made: decision('till-7/8124', 'PointsRedeemed', { points: 500, orderId: 'o-77122', ...paid }, { worth }),
      against: [...spending],
    }),
  },
  '/v1/members/{id}/redemptions/{redemption}/cancel': {
    post: decided({
      operationId: 'cancelRedemption',
      summary: 'Give points of a redemption back',
      description:
        'They go back to the lots that they came from, with the expiry of these; of a lot that has expired as long as the programme says. ' +
        'A return of the order does this by itself.',
      request: 'cancel',
      example: { points: 200, reason: 'order-cancelled' },
      made: decision('desk/55', 'RedemptionCancelled', { redemption: 'till-7/8124', points: 200, reason: 'order-cancelled' }),
      against: ['redemption-unknown', 'redemption-over'],
      parameters: ['memberId', 'redemption'],
    }),
  },
}

const adjustment = { points: 1_500, reason: 'lost-parcel', by: 'staff-12' }

const adjustmentPaths = {
  '/v1/members/{id}/adjustments': {
    get: listed('listAdjustments', 'Adjustments that wait for a second person', 'WaitingAdjustments', {
      adjustment: 'desk/56',
      ...adjustment,
      at,
    }),
    post: decided({
      operationId: 'adjustPoints',
      summary: 'Give points by hand, or take them',
      description: 'Above the limit of the programme the adjustment waits for a second person (202).',
      request: 'adjust',
      example: { points: 600, reason: 'goodwill', by: 'staff-12' },
      made: decision('desk/57', 'PointsAdjusted', { points: 600, reason: 'goodwill', by: 'staff-12' }),
      against: ['points-missing'],
    }),
  },
  '/v1/members/{id}/adjustments/{adjustment}/approve': {
    post: decided({
      operationId: 'approveAdjustment',
      summary: 'Approve an adjustment that another person proposed',
      request: 'approve',
      example: { by: 'staff-3' },
      made: decision('desk/58', 'PointsAdjusted', { ...adjustment, approvedBy: 'staff-3', adjustment: 'desk/56' }),
      against: ['adjustment-unknown', 'adjustment-over', 'same-person', 'points-missing'],
      parameters: ['memberId', 'adjustment'],
    }),
  },
  '/v1/members/{id}/adjustments/{adjustment}/reject': {
    post: decided({
      operationId: 'rejectAdjustment',
      summary: 'Reject an adjustment, or withdraw it',
      request: 'reject',
      example: { by: 'staff-3' },
      made: decision('desk/59', 'AdjustmentRejected', { adjustment: 'desk/56', by: 'staff-3' }),
      against: ['adjustment-unknown', 'adjustment-over'],
      parameters: ['memberId', 'adjustment'],
    }),
  },
}

const pooled = {
  into: exampleMember,
  parts: [
    {
      from: other,
      decision: decision('app/9/1', 'PointsTransferredOut', transferred(exampleMember, 300), { memberId: other }),
    },
    { from: 'm-2078', decision: null, why: 'There are not enough points. There is nothing to give.' },
  ],
  points: pointsRow,
}

const otherPaths = {
  '/v1/members/{id}/tier-grants': {
    post: decided({
      operationId: 'grantTier',
      summary: 'Let the tier be at least this one until then',
      request: 'grantTier',
      example: { tier: 'gold', until: '2026-12-31', reason: 'goodwill', by: 'staff-12' },
      made: decision('desk/60', 'TierGranted', { tier: 'gold', until, reason: 'goodwill', by: 'staff-12' }),
      against: ['tier-unknown', 'time-over'],
    }),
  },
  '/v1/members/{id}/transfers': {
    post: decided({
      operationId: 'transferPoints',
      summary: 'Give points to another member',
      description: 'Both members have it, or neither. The points keep their expiry.',
      request: 'transfer',
      example: { to: other, points: 100 },
      made: decision('app/8', 'PointsTransferredOut', transferred(other, 100)),
      against: ['same-member', 'points-missing'],
    }),
  },
  '/v1/pools': {
    post: {
      operationId: 'poolPoints',
      tags: ['Decisions'],
      summary: 'Give everything that some members can spend to one of them',
      description: 'One transfer from each, under the key with /1, /2 and so on behind it: each whole or not at all.',
      parameters: [parameterRef('idempotencyKey')],
      requestBody: requestBody('pool', { into: exampleMember, from: [other, 'm-2078'] }),
      responses: {
        200: { description: 'Nothing was left to do.', content: jsonContent('Pooled', { ...pooled, repeated: true }) },
        201: { description: 'It is done.', content: jsonContent('Pooled', { ...pooled, repeated: false }) },
        ...problems(...everyDecision),
      },
    },
  },
  '/v1/merges': {
    post: decided({
      operationId: 'mergeMembers',
      summary: 'Two accounts are one person',
      description: 'From then on the history of `from` counts for `into`, and nothing can be decided about `from` itself.',
      request: 'merge',
      example: { from: other, into: exampleMember, by: 'staff-12', reason: 'same-person' },
      made: decision('desk/61', 'MergedInto', { into: exampleMember, by: 'staff-12', reason: 'same-person' }, { memberId: other }),
      against: ['same-member'],
      parameters: [],
    }),
  },
  '/v1/merges/{merge}/undo': {
    post: decided({
      operationId: 'undoMerge',
      summary: 'They were two people after all',
      description: 'Each has its own history again. What was decided meanwhile stays where it was decided.',
      request: 'undoMerge',
      example: { from: other, by: 'staff-12', reason: 'two-people' },
      made: decision('desk/62', 'MergeUndone', { merge: 'desk/61', by: 'staff-12', reason: 'two-people' }, { memberId: other }),
      against: ['merge-unknown', 'merge-over'],
      parameters: ['merge'],
    }),
  },
}

function transferred(to: string, points: number): MadeDecision['data'] {
  return { to, points, lots: [{ points, expiresAt: '2026-11-30T16:00:00.000Z' }] }
}

export const decisionPaths = { ...holdPaths, ...redemptionPaths, ...adjustmentPaths, ...otherPaths }

function idParameter(name: string, description: string, example: string) {
  return { name, in: 'path', required: true, description, schema: schemaRef('DecisionKey'), example }
}

export const decisionParameters = {
  idempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    description:
      'Names the decision from now on. A request that is sent again under the same key is answered as before, and nothing happens.',
    schema: schemaRef('DecisionKey'),
    example: 'till-7/8124',
  },
  hold: idParameter('hold', 'The key of the hold, percent-encoded.', 'till-7/8123/hold'),
  redemption: idParameter('redemption', 'The key of the redemption, or of the hold that was captured; percent-encoded.', 'till-7/8124'),
  adjustment: idParameter('adjustment', 'The key of the proposal, percent-encoded.', 'desk/56'),
  merge: idParameter('merge', 'The key of the merge, percent-encoded.', 'desk/61'),
}
