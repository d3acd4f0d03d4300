import { describe, expect, test } from '@jest/globals'
import kafkajs from 'kafkajs'
import { asPerennialError } from './faults.ts'

/** As the client tells of what a broker answered. */
function answered(type: string, retriable: boolean): Error {
  return Object.assign(new kafkajs.KafkaJSProtocolError(new Error(type)), { type, retriable })
}

describe('what went wrong between us and Kafka', () => {
  test.each(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH'])(
    '%s passes: another producer begins anew',
    (type) => {
      expect(asPerennialError(answered(type, false))).toMatchObject({ code: 'store-unavailable', where: 'Kafka' })
    },
  )

  test('what a broker says may be tried again is no refusal', () => {
    expect(asPerennialError(answered('LEADER_NOT_AVAILABLE', true))).toMatchObject({ code: 'store-unavailable' })
  })

  test('anything else that it answers is one', () => {
    expect(asPerennialError(answered('TOPIC_AUTHORIZATION_FAILED', false))).toMatchObject({ code: 'store-refused' })
  })

  test('a mistake of ours stays what it is', () => {
    const mistake = new TypeError('no such thing')
    expect(asPerennialError(mistake)).toBe(mistake)
  })
})
