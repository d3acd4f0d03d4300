import { afterEach, describe, expect, test } from '@jest/globals'
import { parseBackend } from './backend.ts'

const before = process.env.KURRENTDB_URL
afterEach(() => {
  if (before === undefined) delete process.env.KURRENTDB_URL
  else process.env.KURRENTDB_URL = before
})

describe('what to measure is said as bus, event store and read store', () => {
  test.each([
    ['kafka,stand-in/postgres', { bus: 'kafka', eventStore: 'stand-in', readStore: 'postgres' }],
    ['kafka,sqlite/postgres', { bus: 'kafka', eventStore: 'sqlite', readStore: 'postgres' }],
    ['sqlite,sqlite/postgres', { bus: 'sqlite', eventStore: 'sqlite', readStore: 'postgres' }],
    ['sqlite,stand-in/sqlite', { bus: 'sqlite', eventStore: 'stand-in', readStore: 'sqlite' }],
  ])('%s', (spec, backend) => {
    expect(parseBackend(spec)).toEqual(backend)
  })

  test('or as embedded, which has nothing beside it', () => {
    expect(parseBackend('embedded')).toBeUndefined()
  })

  test('a KurrentDB has to be there already', () => {
    delete process.env.KURRENTDB_URL
    expect(() => parseBackend('kafka,kurrentdb/postgres')).toThrow('Set KURRENTDB_URL')
    process.env.KURRENTDB_URL = 'esdb://127.0.0.1:2113?tls=false'
    expect(parseBackend('kafka,kurrentdb/postgres')).toMatchObject({ eventStore: 'kurrentdb' })
  })
})

describe('anything else is a fault of usage that says what there is', () => {
  test.each([
    ['kafka', 'Expected "embedded" or BUS,EVENTSTORE/READSTORE, such as kafka,stand-in/postgres, got "kafka".'],
    ['kafka,stand-in', 'Expected "embedded"'],
    ['kafka,stand-in/postgres/more', 'Expected "embedded"'],
    ['rabbit,stand-in/postgres', 'No bus "rabbit"'],
    ['kafka,postgres/postgres', 'No event store "postgres"'],
    ['kafka,stand-in/mysql', 'No read store "mysql"'],
  ])('%s', (spec, message) => {
    expect(() => parseBackend(spec)).toThrow(expect.objectContaining({ code: 'usage', message: expect.stringContaining(message) }))
  })
})
