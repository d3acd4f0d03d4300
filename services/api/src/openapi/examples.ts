import { exampleAsOf, exampleMember, type ReadModelContract, readModelContracts } from '@perennial/contracts'

/** One member's story, told in every example of the documents. The tests send and compare them, so they stay true. */

export { exampleMember }

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

const contracts: readonly (readonly [string, ReadModelContract])[] = Object.entries(readModelContracts)

/** By name of the projector. */
export const rowExamples: Readonly<Record<string, ReadModelContract['example']['row']>> = Object.fromEntries(
  contracts.map(([name, { example }]) => [name, example.row]),
)

export const timelineExample = {
  memberId: exampleMember,
  asOf: exampleAsOf,
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

/** By type. */
export const announcementExamples: Readonly<Record<string, ReturnType<typeof announcement>>> = Object.fromEntries(
  contracts.flatMap(([name, { example }]) =>
    Object.entries(example.announcements).map(([type, data]) => [type, announcement(name, type, data)]),
  ),
)

function announcement(projector: string, type: string, data: Readonly<Record<string, unknown>>) {
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
