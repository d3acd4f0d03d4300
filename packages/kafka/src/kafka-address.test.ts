import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { PerennialError } from '@perennial/contracts'
import { readKafkaAddress } from './kafka-address.ts'

describe('an address of Kafka', () => {
  test.each([
    ['kafka://one', { brokers: ['one:9092'], ssl: false }],
    ['kafka://one:9093,two.example.com,[::1]:9094/', { brokers: ['one:9093', 'two.example.com:9092', '[::1]:9094'], ssl: false }],
    ['kafka://one?tls=true', { brokers: ['one:9092'], ssl: true }],
    [
      'kafka://shop:a%40b%3Ac@one',
      { brokers: ['one:9092'], ssl: false, sasl: { mechanism: 'plain', username: 'shop', password: 'a@b:c' } },
    ],
    [
      'kafka://shop:x:y@one?tls=true&mechanism=scram-sha-512',
      { brokers: ['one:9092'], ssl: true, sasl: { mechanism: 'scram-sha-512', username: 'shop', password: 'x:y' } },
    ],
  ])('%s', (address, parts) => expect(readKafkaAddress(address)).toEqual(parts))

  test('names a file of certificates', () => {
    const directory = mkdtempSync(join(tmpdir(), 'perennial-kafka-'))
    const file = join(directory, 'ca.pem')
    writeFileSync(file, 'a certificate')
    expect(readKafkaAddress(`kafka://one?tls=true&tlsCAFile=${encodeURIComponent(file)}`).ssl).toEqual({ ca: ['a certificate'] })
    rmSync(directory, { recursive: true })
    expect(() => readKafkaAddress(`kafka://one?tls=true&tlsCAFile=${encodeURIComponent(file)}`)).toThrow(
      expect.objectContaining({ code: 'file-not-readable' }),
    )
  })

  test.each([
    ['http://user:secret@one', 'has to be like kafka://'],
    ['kafka://', 'has to be like kafka://'],
    ['kafka://user:secret@', 'has to be like kafka://'],
    ['kafka://user:secret@one two', 'A host has to be'],
    ['kafka://user:secret@one:port', 'A host has to be'],
    ['kafka://one,', 'A host has to be'],
    ['kafka://secret@one', 'A user has to be'],
    ['kafka://user:secret%@one', 'percent-encoded'],
    ['kafka://user:secret@one?mechanism=md5', 'mechanism is one of plain, scram-sha-256, scram-sha-512'],
    ['kafka://user:secret@one?ssl=true', 'There is no option "ssl"; there are tls, tlsCAFile, mechanism'],
    ['kafka://user:secret@one?tls=yes', 'tls is true or false'],
    ['kafka://user:secret@one?tlsCAFile=ca.pem', 'only with tls=true'],
  ])('%s is refused, and not told', (address, reason) => {
    let error: unknown
    try {
      readKafkaAddress(address)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(PerennialError)
    expect((error as PerennialError).code).toBe('store-address')
    expect((error as PerennialError).message).toContain(reason)
    expect(JSON.stringify(error) + (error as PerennialError).message).not.toContain('secret')
  })
})
