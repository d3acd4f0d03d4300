import { describe, expect, test } from '@jest/globals'
import { digestOf, eventUuid } from './identity.ts'

describe('the id of an event on the server', () => {
  test('is a UUID of version 5 that never changes', () => {
    expect(eventUuid('/till/7', 'order-1')).toBe('a91edecb-2fb2-5cff-844a-60dec37d9df8')
    expect(eventUuid('/till/7', 'order-1')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  test('is that of no other source and id', () => {
    const ids = [
      ['/a', 'b/c'],
      ['/a/b', 'c'],
      ['/a', 'b","c'],
      ['/a","b', 'c'],
    ].map(([source = '', id = '']) => eventUuid(source, id))
    expect(new Set(ids).size).toBe(4)
  })
})

describe('the digest of an event', () => {
  const event = { stream: 'member-ann', type: 'EngagementRecorded', occurredAt: 1, data: { activity: 'visit', more: [{ a: 1, b: 2 }] } }

  test('is the same for the same contents in another order of fields', () => {
    expect(digestOf({ ...event, data: { more: [{ b: 2, a: 1.0 }], activity: 'visit' } })).toBe(digestOf(event))
  })

  test.each([
    ['another stream', { stream: 'member-bob' }],
    ['another type', { type: 'MemberEnrolled' }],
    ['another time', { occurredAt: 2 }],
    ['other data', { data: { activity: 'visit', more: [{ a: 1, b: 3 }] } }],
    ['another order of a list', { data: { activity: 'visit', more: [{ a: 1, b: 2 }, 1].reverse() } }],
    ['a number as a text', { data: { activity: 'visit', more: [{ a: 1, b: '2' }] } }],
  ])('is another one for %s', (_, other) => {
    expect(digestOf({ ...event, ...other })).not.toBe(digestOf(event))
  })
})
