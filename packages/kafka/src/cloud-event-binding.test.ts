import { describe, expect, test } from '@jest/globals'
import { toStructured } from './cloud-event-binding.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const attributes = {
  ce_specversion: '1.0',
  ce_type: 'retail.purchase.v1',
  ce_source: '/till/7',
  ce_id: 'a-1',
  ce_subject: 'ann',
  ce_time: '2026-01-02T10:00:00Z',
}
const envelope = {
  specversion: '1.0',
  type: 'retail.purchase.v1',
  source: '/till/7',
  id: 'a-1',
  subject: 'ann',
  time: '2026-01-02T10:00:00Z',
}
const read = (value: Uint8Array, headers: Record<string, string>) => JSON.parse(String(toStructured(value, headers)))

describe('structured mode', () => {
  test.each(['application/cloudevents+json', 'application/cloudevents+json; charset=UTF-8', 'Application/CloudEvents+JSON'])(
    'with the content type %s is the event as it stands',
    (contentType) => {
      const text = '{ "specversion": "1.0",\n"id": "a-1" }'
      expect(toStructured(bytes(text), { 'content-type': contentType })).toBe(text)
      // Headers of the binary mode may stand beside it; the value counts.
      expect(toStructured(bytes(text), { 'content-type': contentType, ce_id: 'other' })).toBe(text)
    },
  )
})

describe('binary mode', () => {
  test('becomes the whole event', () => {
    const headers = { ...attributes, 'content-type': 'application/json' }
    expect(read(bytes('{"orderId":"o-1"}'), headers)).toEqual({
      ...envelope,
      datacontenttype: 'application/json',
      data: { orderId: 'o-1' },
    })
  })

  test('keeps attributes of others, and letters that JSON has to escape', () => {
    const headers = { ...attributes, ce_store: 'Bäckerei "Nord"\n', traceparent: '00-1' }
    expect(read(bytes('{}'), headers)).toEqual({ ...envelope, store: 'Bäckerei "Nord"\n', data: {} })
  })

  test('leaves JSON as it was written, to the last digit', () => {
    const data = '{"quantity": 1.10, "big":12345678901234567890}'
    expect(toStructured(bytes(data), attributes)).toContain(`"data":${data}}`)
  })

  test.each(['application/json; charset=utf-8', 'text/json', 'application/vnd.shop.purchase+json'])('%s is JSON', (contentType) =>
    expect(read(bytes('[1]'), { ...attributes, 'content-type': contentType }).data).toEqual([1]),
  )

  test('of data that is not JSON keeps it as text, or in base64 where it is no text', () => {
    const headers = { ...attributes, 'content-type': 'application/xml' }
    expect(read(bytes('<a/>'), headers)).toEqual({ ...envelope, datacontenttype: 'application/xml', data: '<a/>' })
    expect(read(Uint8Array.of(0xff, 0), headers)).toMatchObject({ data_base64: '/wA=' })
  })

  test('of data that should be JSON and is not still says which event it is', () => {
    expect(read(bytes('{"a":'), { ...attributes, 'content-type': 'application/json' })).toMatchObject({ id: 'a-1', data: '{"a":' })
  })

  test('without data has none', () => {
    expect(read(new Uint8Array(), attributes)).toEqual(envelope)
  })

  test('an attribute that calls itself data is not taken for the data', () => {
    expect(read(new Uint8Array(), { ...attributes, ce_data: 'x', ce_datacontenttype: 'text/plain' })).toEqual(envelope)
  })
})

describe('anything else', () => {
  test.each([{}, { 'content-type': 'application/json' }, { origin: 'till 7' }] as Record<string, string>[])(
    'is left as it is, with headers %j',
    (headers) => {
      expect(toStructured(bytes('\uFEFF{"a":1}'), headers)).toBe('\uFEFF{"a":1}')
      const binary = Uint8Array.of(0xff, 0xfe)
      expect(toStructured(binary, headers)).toBe(binary)
    },
  )
})
