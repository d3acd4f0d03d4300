import { describe, expect, jest, test } from '@jest/globals'
import { PerennialError } from '@perennial/contracts'
import { readAddress } from './address.ts'
import { openKurrentEventStore } from './kurrent-event-store.ts'

describe('the address of a server', () => {
  test.each([
    ['esdb://10.0.0.1:2113?tls=false', 'esdb://10.0.0.1:2113?tls=false', '', ''],
    ['kurrentdb://ann:s3cret@db.example', 'esdb://db.example', 'ann', 's3cret'],
    [
      'kurrentdb+discover://ann:s3cret@db.example:2113/?nodePreference=leader',
      'esdb+discover://db.example:2113?nodePreference=leader',
      'ann',
      's3cret',
    ],
    ['esdb://ann:p%40ss%3Aword@a:1,b:2', 'esdb://a:1,b:2', 'ann', 'p@ss:word'],
    ['esdb://ann:p@ss:word@a:1', 'esdb://a:1', 'ann', 'p@ss:word'],
    ['esdb://ann:s3cret@a?TLS=true&tls_ca_file=%2Fca.crt', 'esdb://a?TLS=true&tls_ca_file=%2Fca.crt', 'ann', 's3cret'],
  ])('%s is taken apart', (address, connectionString, username, password) => {
    expect(readAddress(address)).toEqual({ connectionString, credentials: { username, password } })
  })

  test.each([
    'postgres://ann:s3cret@db',
    'ann:s3cret@db:2113',
    'esdb://ann:s3cret@db?tls=maybe',
    'esdb://ann:s3cret@db?throwOnAppendFailure=false',
    'esdb://ann:s3cret@db?nodePreferense=leader',
    'esdb://ann:s3cret@db?nodePreference=boss',
    'esdb://ann:s3cret@db:port',
    'esdb://ann:s3cret@db:1:2',
    'esdb://s3cret@db',
    'esdb://ann:s3cret%@db',
    'esdb://ann:s3cret@db?defaultDeadline=0',
    'esdb://ann:s3cret@db?tlsCAFile=/nowhere.crt',
    'esdb://db-of-s3cret',
  ])('%s is refused, and nobody hears the password', (address) => {
    const warned = jest.spyOn(console, 'warn').mockImplementation(() => {})
    try {
      openKurrentEventStore(address, { index: ':memory:' })
      throw new Error('It was taken.')
    } catch (error) {
      expect(error).toBeInstanceOf(PerennialError)
      expect(error).toMatchObject({ code: 'store-address', cause: undefined })
      expect((error as Error).stack).not.toContain('s3cret')
      expect(warned).not.toHaveBeenCalled()
    } finally {
      warned.mockRestore()
    }
  })
})
