/** One member's story, told in every example of the documents. The tests send and compare them, so they stay true. */

export const exampleMember = 'm-1042'

export const purchaseExample = {
  specversion: '1.0',
  id: 'o-77120',
  source: '/shop/till-7',
  type: 'retail.purchase.v1',
  subject: exampleMember,
  time: '2025-11-21T10:15:00+08:00',
  datacontenttype: 'application/json',
  data: {
    orderId: 'o-77120',
    channel: 'store',
    storeId: 's-12',
    currency: 'GBP',
    lines: [
      { lineId: '1', sku: 'tea-earl-grey', category: 'organic', quantity: 2, amount: '18.50' },
      { lineId: '2', sku: 'apples-kg', category: 'produce', quantity: 0.375, amount: '1.35' },
    ],
  },
}

export const enrolmentExample = {
  specversion: '1.0',
  id: 'e-1042',
  source: '/shop/app',
  type: 'retail.member.enrolled.v1',
  subject: exampleMember,
  time: '2025-11-20T08:00:00Z',
  datacontenttype: 'application/json',
  data: { channel: 'app', acquisition: 'friend', birthday: '04-17' },
}

export const returnExample = {
  specversion: '1.0',
  id: 'r-310',
  source: '/shop/till-7',
  type: 'retail.return.v1',
  subject: exampleMember,
  time: '2025-11-24T09:30:00Z',
  datacontenttype: 'application/json',
  data: {
    returnId: 'r-310',
    orderId: 'o-77120',
    currency: 'GBP',
    lines: [{ lineId: '2', sku: 'apples-kg', quantity: 0.375, amount: '1.35' }],
  },
}

export const engagementExample = {
  specversion: '1.0',
  id: 'a-5561',
  source: '/shop/web',
  type: 'retail.engagement.v1',
  subject: exampleMember,
  time: '2025-11-25T19:02:11.250Z',
  datacontenttype: 'application/json',
  data: { activity: 'review', reference: 'tea-earl-grey', value: 5 },
}

/** By type of the event. */
export const eventExamples = {
  'retail.member.enrolled.v1': enrolmentExample,
  'retail.purchase.v1': purchaseExample,
  'retail.return.v1': returnExample,
  'retail.engagement.v1': engagementExample,
} as const

const asOf = '2025-11-26T00:00:00.000Z'

/** By name of the projector. */
export const rowExamples: Readonly<Record<string, Record<string, unknown>>> = {
  tier: {
    memberId: exampleMember,
    tier: 'member',
    since: '2025-11-20T08:00:00.000Z',
    metric: 'spend',
    qualifying: '18.50',
    lifetimeSpend: '18.50',
    currency: 'GBP',
    nextTier: 'silver',
    toNextTier: '481.50',
    keptUntil: null,
    grantedUntil: null,
    ending: null,
    benefits: [],
    asOf,
  },
  points: {
    memberId: exampleMember,
    balance: 0,
    available: 0,
    pending: 37,
    held: 0,
    debt: 0,
    earned: 38,
    redeemed: 0,
    expired: 0,
    clawedBack: 1,
    adjusted: 0,
    transferred: 0,
    nextExpiry: { points: 37, at: '2026-12-01T00:00:00.000Z' },
    expiring: { in30Days: 0, in60Days: 0, in90Days: 0 },
    asOf,
  },
  lifecycle: {
    memberId: exampleMember,
    stage: 'new',
    since: '2025-11-21T02:15:00.000Z',
    purchases: 1,
    firstPurchaseAt: '2025-11-21T02:15:00.000Z',
    lastPurchaseAt: '2025-11-21T02:15:00.000Z',
    netSpend: '18.50',
    currency: 'GBP',
    asOf,
  },
  'churn-risk': { memberId: exampleMember, score: 0.0016, band: 'low', recencyDays: 4.91, rhythmDays: 60, asOf },
}

export const timelineExample = {
  memberId: exampleMember,
  asOf,
  entries: [
    {
      at: '2025-11-20T08:00:00.000Z',
      event: {
        type: 'MemberEnrolled',
        source: '/shop/app',
        id: 'e-1042',
        recordedAt: '2025-11-20T08:00:01.120Z',
        data: enrolmentExample.data,
      },
      notes: [],
      changes: [{ projector: 'tier', field: 'tier', before: null, after: 'member' }],
    },
  ],
}

export const announcementExamples = {
  'perennial.tier.changed.v1': announcement('tier', 'perennial.tier.changed.v1', {
    before: 'member',
    after: 'silver',
    since: '2025-12-06T14:20:00.000Z',
  }),
  'perennial.lifecycle.changed.v1': announcement('lifecycle', 'perennial.lifecycle.changed.v1', {
    before: 'new',
    after: 'growing',
    since: '2025-12-06T14:20:00.000Z',
  }),
  'perennial.churn-risk.changed.v1': announcement('churn-risk', 'perennial.churn-risk.changed.v1', {
    before: 'low',
    after: 'medium',
    since: '2026-02-14T14:20:00.000Z',
  }),
  'perennial.tier.ending.v1': announcement('tier', 'perennial.tier.ending.v1', {
    tier: 'silver',
    at: '2026-12-31T00:00:00.000Z',
    to: 'member',
  }),
  'perennial.points.expiring.v1': announcement('points', 'perennial.points.expiring.v1', {
    points: 37,
    at: '2026-12-01T00:00:00.000Z',
    warning: 'P30D',
  }),
} as const

function announcement(projector: string, type: string, data: Record<string, unknown>) {
  return {
    specversion: '1.0',
    id: '0f3b6c1e-12',
    source: `/perennial/${projector}`,
    type,
    subject: exampleMember,
    time: '2025-12-06T14:20:00.412Z',
    datacontenttype: 'application/json',
    data,
  }
}
