import { expect, test } from '@jest/globals'
import { PerennialError } from '@perennial/contracts'
import { GenerationRetired } from '@perennial/read-store'
import { asPerennialError, isConnectionLost, isTransient, messageOf } from './faults.ts'

const fromServer = (code: string) => Object.assign(new Error('what the server says'), { code })
const codeOf = (error: unknown) => (asPerennialError(error, 'here') as { code?: string }).code

test('what may be gone at the next try is told apart from what will not', () => {
  for (const code of ['40001', '40P01', '55P03', '53300', '25006', '08006', '57P01', 'ECONNREFUSED'])
    expect(isTransient(fromServer(code))).toBe(true)
  for (const code of ['57014', '53100', '28P01', '23502', '42P01', 'partition-lost']) expect(isTransient(fromServer(code))).toBe(false)
  expect(isTransient(undefined)).toBe(false)
})

test('after a lost connection nothing more is asked of it; after any other fault it goes on', () => {
  for (const message of ['Connection terminated unexpectedly', 'Connection terminated due to connection timeout', 'Query read timeout']) {
    expect(isConnectionLost(new Error(message))).toBe(true)
  }
  expect(isConnectionLost(fromServer('57P02'))).toBe(true)
  expect(isConnectionLost(fromServer('40P01'))).toBe(false)
  expect(isConnectionLost(new Error('The connection was terminated'))).toBe(false)
})

test('faults of the server get a code that people know', () => {
  expect(codeOf(fromServer('57P03'))).toBe('store-unavailable')
  expect(codeOf(fromServer('57014'))).toBe('store-unavailable')
  expect(codeOf(fromServer('53100'))).toBe('disk-full')
  expect(codeOf(fromServer('XX001'))).toBe('data-damaged')
  expect(codeOf(fromServer('28000'))).toBe('store-refused')
  expect(codeOf(fromServer('42501'))).toBe('store-refused')
})

test('mistakes of ours stay what they are, and so does what was said already', () => {
  for (const error of [
    fromServer('42601'),
    new TypeError('no'),
    new GenerationRetired(),
    new PerennialError('partition-lost'),
    undefined,
  ]) {
    expect(asPerennialError(error, 'here')).toBe(error)
  }
})

test('a host with two addresses fails twice, and both are told', () => {
  expect(messageOf(new AggregateError([new Error('one'), new Error('two')]))).toBe('one; two')
})
