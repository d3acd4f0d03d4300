import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { incomingEvents } from './cloud-event.ts'
import { isPlainlyValid } from './quick-check.ts'

type Json = Record<string, unknown>

const envelope = { specversion: '1.0', id: 'e-1', source: '/shop/till-7', subject: 'm-000123', time: '2025-11-21T10:15:00Z' }
const line = { sku: 'tea', quantity: 2, amount: '12.50' }

const usual = {
  purchase: { ...envelope, type: 'retail.purchase.v1', data: { orderId: 'o-1', currency: 'GBP', lines: [line] } },
  return: { ...envelope, type: 'retail.return.v1', data: { returnId: 'r-1', orderId: 'o-1', currency: 'GBP', lines: [line] } },
  engagement: { ...envelope, type: 'retail.engagement.v1', data: { activity: 'review', reference: 'p-9' } },
} satisfies Record<string, Json>

/** What the schemas say: they have the last word. */
function isValid(event: Json): boolean {
  const type = String(event.type)
  return Object.hasOwn(incomingEvents, type) && incomingEvents[type as keyof typeof incomingEvents].safeParse(event).success
}

describe('the shortcut takes what shops usually send', () => {
  const all: [string, Json][] = [
    ...Object.entries(usual),
    [
      'a purchase with everything',
      {
        ...usual.purchase,
        datacontenttype: 'application/json',
        data: { ...usual.purchase.data, channel: 'web', storeId: 's-1', lines: [{ ...line, lineId: '1', category: 'organic' }, line] },
      },
    ],
    ['a purchase in yen', { ...usual.purchase, data: { orderId: 'o', currency: 'JPY', lines: [{ ...line, amount: '1500' }] } }],
    ['a time to the millisecond', { ...usual.purchase, time: '2025-11-21T10:15:00.123Z' }],
    ['a time with an offset', { ...usual.purchase, time: '2025-11-21T10:15:00+08:00' }],
    ['unknown fields anywhere', { ...usual.purchase, traceparent: 'x', data: { ...usual.purchase.data, gift: true } }],
    ['a return without an order', { ...usual.return, data: { returnId: 'r-2', currency: 'GBP', lines: [line] } }],
  ]
  test.each(all)('%s', (_, event) => {
    expect(isPlainlyValid(event)).toBe(true)
    expect(isValid(event)).toBe(true)
  })
})

describe('the shortcut never takes what the schemas refuse', () => {
  /** Values that are wrong in some places, and right in others. */
  const oddities = fc.constantFrom<unknown>(
    undefined,
    null,
    true,
    0,
    1,
    -1,
    0.5,
    1.5,
    1e9,
    1e9 + 1,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    [],
    {},
    [{}],
    [null],
    [[]],
    '',
    ' ',
    'x',
    '0',
    '1',
    '-1',
    '+1',
    '1.',
    '.5',
    '1.5',
    '1.50',
    '1.505',
    '1e3',
    '00001',
    '1,5',
    '999999999',
    '9999999999',
    '1'.repeat(20),
    'x'.repeat(128),
    'x'.repeat(129),
    'x'.repeat(512),
    'x'.repeat(513),
    '🙂',
    '會員',
    'a\u0000b',
    'a\nb',
    '\u007f',
    '\ud800',
    'a b',
    'GBP',
    'JPY',
    'KWD',
    'CLF',
    'gbp',
    'XXL',
    'toString',
    '__proto__',
    '1.0',
    '0.3',
    'application/json',
    'application/json; charset=utf-8',
    'text/xml',
    'retail.purchase.v1',
    'retail.return.v1',
    'retail.engagement.v1',
    'retail.member.enrolled.v1',
    'retail.purchase.v2',
    'constructor',
    '2025-02-29T00:00:00Z',
    '2024-02-29T00:00:00Z',
    '2025-02-30T00:00:00Z',
    '2025-04-31T00:00:00Z',
    '2025-13-01T00:00:00Z',
    '2025-00-10T00:00:00Z',
    '2025-01-00T00:00:00Z',
    '2025-01-01T24:00:00Z',
    '2025-01-01T23:60:00Z',
    '2025-01-01T23:59:60Z',
    '2025-01-01T00:00:00',
    '2025-01-01',
    '2025-01-01T00:00Z',
    '2025-01-01T00:00:00+14:00',
    '2025-01-01T00:00:00+13:59',
    '2025-01-01T00:00:00-25:00',
    '2025-01-01T00:00:00+0800',
    '2025-01-01t00:00:00z',
    '2025-01-01T00:00:00.1Z',
    '2025-01-01T00:00:00.123456789Z',
    '0000-01-01T00:00:00Z',
    '+002025-01-01T00:00:00Z',
  )
  const values = fc.oneof(
    { weight: 4, arbitrary: oddities },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 140 }) },
    { weight: 1, arbitrary: fc.double() },
  )

  const envelopePaths = [...Object.keys(envelope), 'type', 'data', 'datacontenttype'].map((name) => [name])
  const dataPaths = ['orderId', 'returnId', 'channel', 'storeId', 'currency', 'lines', 'activity', 'reference', 'value'].map((name) => [
    'data',
    name,
  ])
  const linePaths = ['lineId', 'sku', 'category', 'quantity', 'amount'].map((name) => ['data', 'lines', '0', name])
  const paths = fc.constantFrom(...envelopePaths, ...dataPaths, ...linePaths, ['data', 'lines', '0'], ['data', 'lines', '1'])

  function change(event: Json, path: readonly string[], value: unknown): void {
    let target = event as Json | undefined
    for (const part of path.slice(0, -1)) target = target?.[part] as Json | undefined
    if (typeof target !== 'object' || target === null) return
    const name = path.at(-1) as string
    if (value === undefined) delete target[name]
    else target[name] = value
  }

  const mutated = fc
    .record({
      event: fc.constantFrom<Json>(...Object.values(usual)),
      changes: fc.array(fc.record({ path: paths, value: values }), { minLength: 1, maxLength: 2 }),
    })
    .map(({ event, changes }) => {
      const copy = structuredClone(event)
      for (const { path, value } of changes) change(copy, path, value)
      return copy
    })

  test('whatever one or two of its fields are changed into', () => {
    let taken = 0
    let refused = 0
    fc.assert(
      fc.property(mutated, (event) => {
        const valid = isValid(event)
        if (isPlainlyValid(event)) {
          taken++
          expect(valid).toBe(true)
        } else if (!valid) refused++
      }),
      { numRuns: 20_000 },
    )
    // The comparison means something: both answers came often.
    expect(taken).toBeGreaterThan(2_000)
    expect(refused).toBeGreaterThan(2_000)
  })

  test('not even many lines of the largest amounts in the currency with the most digits', () => {
    for (const count of [899, 900, 901, 1_000, 10_000]) {
      const lines = Array.from({ length: count }, () => ({ sku: 'gold', quantity: 1, amount: '999999999.9999' }))
      const event = { ...usual.purchase, data: { orderId: 'o', currency: 'CLF', lines } }
      if (isPlainlyValid(event)) expect(isValid(event)).toBe(true)
    }
  })

  test('in any month of any kind of year', () => {
    for (const year of ['1900', '2000', '2023', '2024', '2100']) {
      for (let month = 0; month <= 13; month++) {
        for (let day = 0; day <= 32; day++) {
          const time = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}T12:00:00Z`
          const event = { ...usual.engagement, time }
          if (isPlainlyValid(event)) expect(isValid(event)).toBe(true)
          if (isValid(event) && !(month === 2 && day === 29)) expect(isPlainlyValid(event)).toBe(true)
        }
      }
    }
  })
})
