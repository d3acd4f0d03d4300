import { expect, test } from '@jest/globals'
import { resolveConfiguration } from '@perennial/configuration'
import { parse } from 'yaml'
import { describeConfiguration } from './describe-configuration.ts'

const environment = {
  PERENNIAL_BUS: 'kafka://shop:s3cret@one:9092,two:9092',
  PERENNIAL_DATA: '- a: "b" # c',
  PERENNIAL_KAFKA_TOPICS: 'true,12',
  PERENNIAL_LOG: 'info',
}
const described = async (given: Record<string, string>) =>
  describeConfiguration(await resolveConfiguration({ directory: '/nowhere', environment: given }))

test('what is in force is YAML that says the same, but for the passwords', async () => {
  expect(parse(await described(environment))).toEqual({
    data: '- a: "b" # c',
    bus: 'kafka://shop:***@one:9092,two:9092',
    kafka: { prefix: '', topics: ['true', '12'], replicationFactor: -1, sessionMs: 6000, publishRows: true, deadLetters: true },
    kurrentdb: { namespace: '' },
    postgres: { schema: 'perennial', connections: 4 },
    share: { ttlMs: 6000 },
    ready: { maxLag: 10000 },
    log: 'info',
  })
})

test('beside each value stands where it comes from', async () => {
  const lines = (await described(environment)).split('\n').map((line) => line.split(/ {2,}# /))
  expect(lines).toContainEqual(['bus: kafka://shop:***@one:9092,two:9092', 'PERENNIAL_BUS'])
  expect(lines).toContainEqual(['  ttlMs: 6000', 'default'])
})

test('what is not set is a comment, a section without any value as a whole', async () => {
  const lines = (await described({})).split('\n').map((line) => line.split(/ {2,}# /)[0])
  expect(lines).toEqual(expect.arrayContaining(['# bus:', '# operations:', '#   port:', '# log:']))
  const set = (await described({ PERENNIAL_OPERATIONS_PORT: '9464' })).split('\n').map((line) => line.split(/ {2,}# /))
  expect(set).toEqual(
    expect.arrayContaining([['operations:'], ['  host: 127.0.0.1', 'default'], ['  port: 9464', 'PERENNIAL_OPERATIONS_PORT']]),
  )
})
