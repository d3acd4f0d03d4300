import { describe, expect, test } from '@jest/globals'
import { hideSecrets } from './hide-secrets.ts'

describe('an address is shown without its secrets', () => {
  test.each([
    ['the password', 'postgres://shop:s3cret@host:5432/db', 'postgres://shop:***@host:5432/db'],
    ['of several hosts', 'kafka://shop:s3cret@one:9092,two:9092', 'kafka://shop:***@one:9092,two:9092'],
    ['percent-encoded', 'kurrentdb+discover://sh%40op:s3%2Fcret%40@host', 'kurrentdb+discover://sh%40op:***@host'],
    ['an empty user', 'postgres://:s3cret@host/db', 'postgres://:***@host/db'],
    ['an empty password', 'postgres://shop:@host/db', 'postgres://shop:***@host/db'],
    ['an @ in the password', 'postgres://shop:s3@cret@host/db', 'postgres://shop:***@host/db'],
    ['a / in the password', 'postgres://shop:s3/cret@host/db', 'postgres://shop:***@host/db'],
    ['a ? and a = in the password', 'kafka://shop:12?s3=cret@host:9092', 'kafka://shop:***@host:9092'],
    ['a # in the password', 'kafka://shop:12#s3cret@host:9092', 'kafka://shop:***@host:9092'],
    ['a colon that is percent-encoded by mistake', 'postgres://shop%3As3cret@host/db', 'postgres://shop:***@host/db'],
    ['a line break', 'postgres://shop:s3\ncret@host/db', 'postgres://shop:***@host/db'],
    ['each host with its own', 'postgres://shop:s3cret@one/db,shop:s4cret@two/db', 'postgres://shop:***@two/db'],
    [
      'an option',
      'postgres://host/db?user=shop&password=s3cret&sslmode=require',
      'postgres://host/db?user=shop&password=***&sslmode=require',
    ],
    [
      'an option in other words',
      'kafka://host?sslPassphrase=a&authToken=b&api_key=c',
      'kafka://host?sslPassphrase=***&authToken=***&api_key=***',
    ],
    ['an option whose name is percent-encoded', 'postgres://host/db?p%61ssword=s3cret', 'postgres://host/db?p%61ssword=***'],
    ['no address at all', 's3cret', '***'],
    ['a slash too few', 'kafka:/shop:s3cret@host', '***'],
  ])('%s', (_what, address, shown) => {
    expect(hideSecrets(address)).toBe(shown)
  })

  test.each([
    'kafka://one:9092,two:9092?tls=true&tlsCAFile=/etc/ca.pem',
    'postgres://shop@host/db?sslkey=/etc/key.pem&sslcert=/etc/cert.pem',
    'kurrentdb://host:2113?tls=false&tlsKeyFile=/etc/key.pem&passwordFile=/run/secrets/one',
    'kafka://[::1]:9092',
    'postgres://host/db?application_name=100%',
  ])('%s has none', (address) => {
    expect(hideSecrets(address)).toBe(address)
  })
})
