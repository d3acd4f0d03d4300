import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ErrorCode } from './errors.ts'
import { type AcceptedEvent, type Refusal, readCloudEvent } from './read-cloud-event.ts'
import { factData } from './stored-events.ts'

const now = Date.parse('2025-06-30T12:00:00Z')

type Json = Record<string, unknown>
const envelope = { specversion: '1.0', id: 'e-1', source: '/shop/till-7', subject: 'ann', time: '2025-06-01T10:00:00.000Z' }
const line = { sku: 'tea', quantity: 1, amount: '12.50' }

const purchase = (data: Json = {}, attributes: Json = {}) => ({
  ...envelope,
  type: 'retail.purchase.v1',
  ...attributes,
  data: { orderId: 'o-1', currency: 'GBP', lines: [line], ...data },
})
const returned = (data: Json = {}) => ({
  ...envelope,
  type: 'retail.return.v1',
  data: { returnId: 'r-1', orderId: 'o-1', currency: 'GBP', lines: [line], ...data },
})
const enrolled = (data: Json = {}, attributes: Json = {}) => ({ ...envelope, type: 'retail.member.enrolled.v1', ...attributes, data })
const engaged = (data: Json = {}) => ({ ...envelope, type: 'retail.engagement.v1', data: { activity: 'review', ...data } })

function accepted(event: unknown, clock = now): AcceptedEvent {
  const result = readCloudEvent(JSON.stringify(event), clock)
  if (result.refused) throw new Error(JSON.stringify(result.refused))
  return result.accepted
}

function refused(event: unknown, clock = now): Refusal {
  const result = readCloudEvent(typeof event === 'string' ? event : JSON.stringify(event), clock)
  if (result.accepted) throw new Error(`accepted: ${JSON.stringify(event)}`)
  return result.refused
}

describe('a good event becomes a fact', () => {
  test('a purchase, with its money in minor units', () => {
    expect(accepted(purchase({ lines: [line, { ...line, amount: '7' }] }))).toEqual({
      memberId: 'ann',
      type: 'PurchaseRecorded',
      version: 1,
      source: '/shop/till-7',
      id: 'e-1',
      occurredAt: Date.parse('2025-06-01T10:00:00Z'),
      data: {
        orderId: 'o-1',
        currency: 'GBP',
        lines: [
          { ...line, amount: 1250 },
          { ...line, amount: 700 },
        ],
      },
      metadata: undefined,
    })
  })

  test.each([
    ['TWD', '100.5', 10050],
    ['JPY', '1500', 1500],
    ['KWD', '1.005', 1005],
  ])('an amount in %s has its digits: %s is %d', (currency, amount, minor) => {
    expect(accepted(purchase({ currency, lines: [{ ...line, amount }] })).data.lines).toEqual([{ ...line, amount: minor }])
  })

  test.each([
    [enrolled({ birthday: '11-21', attributes: { language: 'zh-TW' } }), 'MemberEnrolled'],
    [purchase(), 'PurchaseRecorded'],
    [returned(), 'ReturnRecorded'],
    [engaged({ value: 5 }), 'EngagementRecorded'],
  ] as const)('%j is stored as %s in the shape that the log promises', (event, type) => {
    const fact = accepted(event)
    expect(fact.type).toBe(type)
    expect(factData[type].safeParse(fact.data).success).toBe(true)
  })

  test('a line may cost nothing: a gift is a purchase too', () => {
    expect(accepted(purchase({ lines: [{ ...line, amount: '0.00' }] })).data.lines).toEqual([{ ...line, amount: 0 }])
  })

  test('goods are weighed to a gram and finer', () => {
    expect(accepted(purchase({ lines: [{ ...line, quantity: 0.000001 }] })).data.lines).toEqual([
      { ...line, quantity: 0.000001, amount: 1250 },
    ])
  })
})

describe('what Perennial does not know it keeps', () => {
  test('fields of the data, of its lines and of the envelope', () => {
    const fact = accepted(purchase({ gift: true, lines: [{ ...line, vat: { rate: '0.2' } }] }, { traceparent: '00-ab', tenant: 'uk' }))
    expect(fact.data).toEqual({ orderId: 'o-1', currency: 'GBP', gift: true, lines: [{ ...line, amount: 1250, vat: { rate: '0.2' } }] })
    expect(fact.metadata).toEqual({ traceparent: '00-ab', tenant: 'uk' })
  })

  test('the time as the till wrote it, where that says more than the instant', () => {
    const fact = accepted(purchase({}, { time: '2025-06-01T18:00:00+08:00' }))
    expect(fact.occurredAt).toBe(Date.parse('2025-06-01T10:00:00Z'))
    expect(fact.metadata).toEqual({ time: '2025-06-01T18:00:00+08:00' })
  })

  test.each(['2025-06-01T10:00:00Z', '2025-06-01T10:00:00.123456Z', '2025-06-01T10:00:00.000+00:00'])('also %s', (time) => {
    expect(accepted(purchase({}, { time })).metadata).toEqual({ time })
  })

  test('but not a time that says nothing more, nor what is only packaging', () => {
    expect(accepted(purchase({}, { datacontenttype: 'application/json' })).metadata).toBeUndefined()
  })

  test('even a field named __proto__', () => {
    const text = JSON.stringify(purchase()).replace('{', '{"__proto__":{"odd":1},').replace('"orderId"', '"__proto__":{"odd":2},"orderId"')
    const { accepted } = readCloudEvent(text, now)
    expect(JSON.stringify(accepted?.data)).toContain('"__proto__":{"odd":2}')
    expect(JSON.stringify(accepted?.metadata)).toBe('{"__proto__":{"odd":1}}')
  })
})

describe('a bad event is refused with the reason', () => {
  const cases: [string, unknown, ErrorCode, string][] = [
    ['text that is not JSON', '{"id": ', 'invalid-json', ''],
    ['no text', '', 'invalid-json', ''],
    ['a list', [purchase()], 'not-a-cloudevent', ''],
    ['a word', '"purchase"', 'not-a-cloudevent', ''],
    ['null', 'null', 'not-a-cloudevent', ''],
    ['another kind of envelope', purchase({}, { specversion: '0.3' }), 'not-a-cloudevent', 'specversion'],
    ['no id', purchase({}, { id: undefined }), 'not-a-cloudevent', 'id'],
    ['an empty id', purchase({}, { id: '' }), 'not-a-cloudevent', 'id'],
    ['a number as id', purchase({}, { id: 7 }), 'not-a-cloudevent', 'id'],
    ['no source', purchase({}, { source: undefined }), 'not-a-cloudevent', 'source'],
    ['data in XML', purchase({}, { datacontenttype: 'application/xml' }), 'not-a-cloudevent', 'datacontenttype'],
    ['no subject', purchase({}, { subject: undefined }), 'subject-missing', 'subject'],
    ['an empty subject', purchase({}, { subject: '' }), 'subject-missing', 'subject'],
    ['null as subject', purchase({}, { subject: null }), 'subject-missing', 'subject'],
    ['no time', purchase({}, { time: undefined }), 'not-a-cloudevent', 'time'],
    ['a day without a time', purchase({}, { time: '2025-06-01' }), 'not-a-cloudevent', 'time'],
    ['a time without an offset', purchase({}, { time: '2025-06-01T10:00:00' }), 'not-a-cloudevent', 'time'],
    ['29 February in a year without one', purchase({}, { time: '2025-02-29T10:00:00Z' }), 'not-a-cloudevent', 'time'],
    ['no type', purchase({}, { type: undefined }), 'not-a-cloudevent', 'type'],
    ['a type that nobody knows', purchase({}, { type: 'retail.gift-card.v1' }), 'unknown-type', 'type'],
    ['a type that every object has', purchase({}, { type: 'constructor' }), 'unknown-type', 'type'],
    ['a version of tomorrow', purchase({}, { type: 'retail.purchase.v2' }), 'unknown-version', 'type'],
    ['a currency that does not exist', purchase({ currency: 'XXL' }), 'unknown-currency', 'data.currency'],
    ['a currency in small letters', returned({ currency: 'gbp' }), 'unknown-currency', 'data.currency'],
    ['no data', { ...purchase(), data: undefined }, 'invalid-data', 'data'],
    ['no order id', purchase({ orderId: undefined }), 'invalid-data', 'data.orderId'],
    ['no lines', purchase({ lines: undefined }), 'invalid-data', 'data.lines'],
    ['empty lines', purchase({ lines: [] }), 'invalid-data', 'data.lines'],
    ['empty lines of a return', returned({ lines: [] }), 'invalid-data', 'data.lines'],
    ['a line without a sku', purchase({ lines: [line, { ...line, sku: undefined }] }), 'invalid-data', 'data.lines[1].sku'],
    ['a quantity of zero', purchase({ lines: [{ ...line, quantity: 0 }] }), 'invalid-data', 'data.lines[0].quantity'],
    ['a negative quantity', returned({ lines: [{ ...line, quantity: -1 }] }), 'invalid-data', 'data.lines[0].quantity'],
    ['a quantity in words', purchase({ lines: [{ ...line, quantity: '1' }] }), 'invalid-data', 'data.lines[0].quantity'],
    [
      'a quantity finer than a millionth',
      purchase({ lines: [{ ...line, quantity: 0.0000001 }] }),
      'invalid-data',
      'data.lines[0].quantity',
    ],
    ['a negative amount', purchase({ lines: [{ ...line, amount: '-1.00' }] }), 'invalid-data', 'data.lines[0].amount'],
    ['an amount that is a float', purchase({ lines: [{ ...line, amount: 12.5 }] }), 'invalid-data', 'data.lines[0].amount'],
    ['an amount with half a penny', purchase({ lines: [{ ...line, amount: '1.005' }] }), 'invalid-data', 'data.lines[0].amount'],
    [
      'an amount with a tenth of a yen',
      purchase({ currency: 'JPY', lines: [{ ...line, amount: '1.0' }] }),
      'invalid-data',
      'data.lines[0].amount',
    ],
    [
      'an amount too large to be exact',
      purchase({ lines: [line, { ...line, amount: '90071992547409.92' }] }),
      'amount-too-large',
      'data.lines[1].amount',
    ],
    [
      'lines that are too large together',
      purchase({
        lines: [
          { ...line, amount: '90071992547409.91' },
          { ...line, amount: '0.01' },
        ],
      }),
      'amount-too-large',
      'data.lines[1].amount',
    ],
    ['an engagement without an activity', engaged({ activity: undefined }), 'invalid-data', 'data.activity'],
    ['attributes that are not text', enrolled({ attributes: { vip: true } }), 'invalid-data', 'data.attributes.vip'],
  ]
  test.each(cases)('%s', (_, event, code, field) => {
    const refusal = refused(event)
    expect(refusal.code).toBe(code)
    expect(refusal.faults.map((fault) => fault.field)).toContain(field)
    expect(refusal.faults.every(({ message }) => /expected|JSON|too large/.test(message))).toBe(true)
  })

  test.each([purchase(), returned(), enrolled(), engaged()])(
    'of $type under a source of Perennial’s own, whose ids nobody else may take',
    (event) => {
      expect(refused({ ...event, source: '/perennial/decisions' }).faults.map(({ field }) => field)).toEqual(['source'])
    },
  )

  test('which says what was expected and what came', () => {
    expect(refused(purchase({ lines: [{ ...line, amount: '1.005' }] })).faults).toEqual([
      { field: 'data.lines[0].amount', message: 'expected at most 2 decimal digits in GBP, got "1.005"' },
    ])
    expect(refused(purchase({}, { type: 'retail.purchase.v2' })).faults).toEqual([
      { field: 'type', message: 'expected "retail.purchase.v1", got "retail.purchase.v2"' },
    ])
  })

  test('all faults of an event at once', () => {
    const refusal = refused(purchase({ orderId: '', lines: [{ ...line, quantity: 0, amount: '-1' }] }))
    expect(refusal.faults.map(({ field }) => field)).toEqual(['data.orderId', 'data.lines[0].quantity', 'data.lines[0].amount'])
  })

  test('and with whose it is, as far as that can be read', () => {
    expect(refused(purchase({ lines: [] }))).toMatchObject({ source: '/shop/till-7', id: 'e-1', subject: 'ann' })
    expect(refused(purchase({}, { id: 7 }))).toMatchObject({ source: '/shop/till-7', id: undefined })
    expect(refused('{')).toMatchObject({ source: undefined, id: undefined, subject: undefined })
  })

  test('a long value is cut short, so that a refusal stays readable', () => {
    const [fault] = refused(purchase({ orderId: 'x'.repeat(5_000) })).faults
    expect(fault?.message.length).toBeLessThan(200)
  })
})

describe('a clock that runs ahead', () => {
  const at = (time: string) => purchase({}, { time })
  test('by exactly 24 hours is believed', () => {
    expect(accepted(at('2025-07-01T12:00:00.000Z')).occurredAt).toBe(now + 24 * 3_600_000)
  })

  test('by a millisecond more is not', () => {
    const refusal = refused(at('2025-07-01T12:00:00.001Z'))
    expect(refusal.code).toBe('time-ahead')
    expect(refusal.faults).toEqual([{ field: 'time', message: expect.stringContaining('2025-07-01T12:00:00.000Z') }])
  })

  test('is measured in instants, not in digits', () => {
    expect(accepted(at('2025-07-01T20:00:00+08:00')).occurredAt).toBe(now + 24 * 3_600_000)
    expect(refused(at('2025-07-01T11:00:00-08:00')).code).toBe('time-ahead')
  })

  test('is believed once the time has come', () => {
    expect(accepted(at('2025-07-05T12:00:00Z'), Date.parse('2025-07-05T12:00:00Z')).memberId).toBe('ann')
  })
})

describe('a birthday is a day of the year', () => {
  test.each(['01-31', '02-28', '02-29', '04-30', '12-31'])('%s is one', (birthday) => {
    expect(accepted(enrolled({ birthday })).data).toEqual({ birthday })
  })

  test.each(['02-30', '04-31', '00-10', '13-01', '1-1', '01-00', '01-32', '2000-01-31', ''])('"%s" is none', (birthday) => {
    expect(refused(enrolled({ birthday })).faults.map(({ field }) => field)).toEqual(['data.birthday'])
  })
})

describe('a member id', () => {
  const of = (subject: unknown) => enrolled({}, { subject })
  test.each([
    ['one character', 'a'],
    ['128 characters', 'x'.repeat(128)],
    ['128 characters that are two code units each', '🙂'.repeat(128)],
    ['Chinese', '會員-12'],
    ['Turkish', 'çağla'],
    ['spaces and signs', 'ann smith / 7?#%'],
    ['something that looks like a stream', 'member-ann'],
    ['the name of something else', '__proto__'],
  ])('may be %s', (_, subject) => {
    expect(accepted(of(subject)).memberId).toBe(subject)
    expect(accepted(purchase({}, { subject })).memberId).toBe(subject)
  })

  test.each([
    ['129 characters', 'x'.repeat(129)],
    ['a line break', 'ann\n'],
    ['a null character', 'a\u0000nn'],
    ['a delete character', 'ann\u007f'],
    ['a control character of Latin-1', 'ann\u0085'],
    ['half of a surrogate pair', 'ann\ud83d'],
    ['a number', 12],
    ['an object', { id: 'ann' }],
  ])('may not be %s', (_, subject) => {
    for (const event of [of(subject), purchase({}, { subject })]) {
      const refusal = refused(event)
      expect(refusal.code).toBe('not-a-cloudevent')
      expect(refusal.faults.map(({ field }) => field)).toEqual(['subject'])
    }
  })
})

test('whatever comes is either taken or refused with a fault, never thrown', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({ field: fc.constantFrom(...Object.keys(purchase())), value: fc.jsonValue() })
      .map(({ field, value }) => JSON.stringify({ ...purchase(), [field]: value })),
    fc
      .record({ field: fc.constantFrom('orderId', 'currency', 'lines'), value: fc.jsonValue() })
      .map(({ field, value }) => JSON.stringify(purchase({ [field]: value }))),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const result = readCloudEvent(text, now)
      if (result.refused) expect(result.refused.faults.length).toBeGreaterThan(0)
      else expect(Number.isSafeInteger(result.accepted.occurredAt)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})
