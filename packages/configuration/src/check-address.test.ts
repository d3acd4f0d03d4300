import { expect, test } from '@jest/globals'
import { PerennialError } from '@perennial/contracts'
import { checkAddress } from './check-address.ts'

/** Quotes what it does not understand, as readers of addresses do with options. */
const quoting = (address: string) => {
  throw new PerennialError('store-address', { where: 'Kafka', message: `There is no option in "${address}".` })
}

test('an address that is understood has no fault', async () => {
  expect(await checkAddress('kafka://host', () => {})).toBeUndefined()
  expect(await checkAddress('kafka://user:password@host?tlsCAFile=/etc/me@home.pem', async () => {})).toBeUndefined()
  expect(await checkAddress('kafka://host', undefined)).toBeUndefined()
})

test('what its reader says is the fault', async () => {
  expect(await checkAddress('kafka://host', quoting)).toBe('There is no option in "kafka://host"')
})

test('a file that it names and that is not there is named', async () => {
  const missing = () => {
    throw new PerennialError('file-not-readable', { where: '/etc/ca.pem' })
  }
  expect(await checkAddress('kafka://host?tls=true&tlsCAFile=/etc/ca.pem', missing)).toBe('names a file that cannot be read: /etc/ca.pem')
})

test.each([
  'kafka://user:a?s3cret@host:9092',
  'kafka://user:a?b&s3cret@host:9092',
  'kafka://user:12?s3cret=b@host:9092',
  'kafka://user:p@a?s3cret=b@host:9092',
  'postgres://user:a/s3cret@host/db',
  'postgres://user:a#s3cret@host/db',
])('%s: a part of a password that looks like something else is never told', async (address) => {
  const fault = await checkAddress(address, quoting)
  expect(fault).toContain('have to be percent-encoded')
  expect(fault).not.toContain('s3cret')
})

test('what is no fault of the address is thrown on', async () => {
  const broken = () => {
    throw new TypeError('a mistake of ours')
  }
  await expect(checkAddress('kafka://host', broken)).rejects.toThrow(TypeError)
})
