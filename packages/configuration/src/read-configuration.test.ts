// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how configuration files name variables
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { configurationExample, configurationSchema, PerennialError } from '@perennial/contracts'
import { describeOrigin } from './origin.ts'
import { type ConfigurationSources, readConfiguration, resolveConfiguration } from './read-configuration.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'perennial-configuration-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

type Given = Partial<ConfigurationSources> & { yaml?: string }

function sources({ yaml, ...given }: Given): ConfigurationSources {
  if (yaml !== undefined) write('perennial.yaml', yaml)
  return { directory, environment: {}, ...given }
}

function write(name: string, text: string): string {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

const read = (given: Given) => readConfiguration(sources(given))

/** Each fault as it is shown: its line, field and message. */
async function faultsOf(given: Given): Promise<string[]> {
  try {
    await read(given)
  } catch (error) {
    if (!(error instanceof PerennialError)) throw error
    expect(error.code).toBe('invalid-configuration')
    if (error.faults.some(({ line }) => line !== undefined)) expect(error.where).toBeDefined()
    return error.faults.map(({ line, field, message }) => `${line === undefined ? '' : `${line} `}${field ? `${field}: ` : ''}${message}`)
  }
  throw new Error('the configuration was taken')
}

async function originsOf(given: Given): Promise<Record<string, string>> {
  const { values } = await resolveConfiguration(sources(given))
  return Object.fromEntries(
    values.filter(({ origin }) => origin.by !== 'default').map(({ field, origin }) => [field.name, describeOrigin(origin)]),
  )
}

describe('without any configuration', () => {
  test('everything is SQLite in ./.perennial', async () => {
    expect(await read({})).toEqual({
      data: './.perennial',
      kafka: { prefix: '', topics: ['retail-events'], replicationFactor: -1, sessionMs: 6000, publishRows: true, deadLetters: true },
      kurrentdb: { namespace: '' },
      postgres: { schema: 'perennial', connections: 4 },
      share: { ttlMs: 6000 },
      ready: { maxLag: 10_000 },
    })
    expect(await originsOf({})).toEqual({})
  })

  test.each(['', '# nothing yet\n', 'kafka:\n  # prefix: shop\nbus:\n', '{}'])('a file that says nothing: %j', async (yaml) => {
    expect(await read({ yaml })).toEqual(configurationSchema.parse({}))
  })
})

describe('a file', () => {
  test('may have every field', async () => {
    const file = write('everything.json', JSON.stringify(configurationExample))
    expect(await read({ file, environment: { PGPASSWORD: 'tea' } })).toEqual({
      ...configurationExample,
      readStore: 'postgres://perennial:tea@postgres:5432/perennial',
    })
  })

  test('is perennial.yaml, or what PERENNIAL_CONFIG names, or what an option names', async () => {
    write('perennial.yaml', 'data: first')
    const environment = { PERENNIAL_CONFIG: write('second.yaml', 'data: second') }
    const file = write('third.yaml', 'data: third')
    expect(await read({})).toMatchObject({ data: 'first' })
    expect(await read({ environment })).toMatchObject({ data: 'second' })
    expect(await read({ environment, file })).toMatchObject({ data: 'third' })
    expect(await read({ environment: { PERENNIAL_CONFIG: '' } })).toMatchObject({ data: 'first' })
  })

  test('that is named has to be there', async () => {
    const file = join(directory, 'nowhere.yaml')
    expect(await faultsOf({ file })).toEqual([`expected a file that can be read at ${file} (--config): ENOENT`])
    expect(await faultsOf({ environment: { PERENNIAL_CONFIG: file } })).toEqual([
      `expected a file that can be read at ${file} (PERENNIAL_CONFIG): ENOENT`,
    ])
  })

  test('takes variables, as texts, numbers and in lists', async () => {
    const yaml = 'kafka: { topics: ["${A}", b] }\nready: { maxLag: "${LAG}" }\ndata: ${HOME}/shop\n'
    expect(await read({ yaml, environment: { A: 'a', LAG: '5', HOME: '/home/ann' } })).toMatchObject({
      data: '/home/ann/shop',
      kafka: { topics: ['a', 'b'] },
      ready: { maxLag: 5 },
    })
  })

  test('with an anchor that holds itself is a fault and no endless loop', async () => {
    expect(await faultsOf({ yaml: 'kafka: &a { b: *a }' })).toEqual([expect.stringContaining('1 kafka.b: not a field here')])
  })
})

describe('the environment', () => {
  test('is read by what the fields are', async () => {
    const environment = {
      PERENNIAL_KAFKA_TOPICS: 'a, b',
      PERENNIAL_KAFKA_PUBLISH_ROWS: 'false',
      PERENNIAL_KAFKA_REPLICATION_FACTOR: '-1',
      PERENNIAL_OPERATIONS_PORT: '9464',
      PERENNIAL_LOG: 'info',
    }
    expect(await read({ environment })).toMatchObject({
      kafka: { topics: ['a', 'b'], publishRows: false, replicationFactor: -1 },
      operations: { host: '127.0.0.1', port: 9464 },
      log: 'info',
    })
  })

  test('reads an address from a file, without the line break at its end', async () => {
    for (const [text, expected] of [
      ['kafka://one:9092\n', 'kafka://one:9092'],
      ['kafka://one:9092\r\n', 'kafka://one:9092'],
      ['kafka://one:9092', 'kafka://one:9092'],
    ] as const) {
      expect(await read({ environment: { PERENNIAL_BUS_FILE: write('secret', text) } })).toMatchObject({ bus: expected })
    }
  })

  test('an address in two places, in a file that is not there or that is empty, is a fault', async () => {
    const nowhere = join(directory, 'nowhere')
    const empty = write('empty', '\n')
    const environment = {
      PERENNIAL_BUS: 'kafka://s3cret',
      PERENNIAL_BUS_FILE: nowhere,
      PERENNIAL_EVENT_STORE_FILE: nowhere,
      PERENNIAL_READ_STORE_FILE: empty,
    }
    expect(await faultsOf({ environment })).toEqual([
      'bus: PERENNIAL_BUS and PERENNIAL_BUS_FILE are both set; expected one of them',
      `eventStore: expected a file that can be read at ${nowhere} (ENOENT) (PERENNIAL_EVENT_STORE_FILE)`,
      `readStore: expected an address in ${empty}, which is empty (PERENNIAL_READ_STORE_FILE)`,
    ])
  })

  test('variables that are not known are faults', async () => {
    const environment = { PERENNIAL_BUSS: 's3cret', PERENNIAL_KAFKA_TOPIC: 'a', PERENNIAL_COLOUR: 'red', PERENNIAL_DATA_FILE: '/x' }
    expect(await faultsOf({ environment })).toEqual([
      'there is no variable PERENNIAL_BUSS; did you mean PERENNIAL_BUS?',
      'there is no variable PERENNIAL_KAFKA_TOPIC; did you mean PERENNIAL_KAFKA_TOPICS?',
      'there is no variable PERENNIAL_COLOUR',
      'there is no variable PERENNIAL_DATA_FILE: only addresses are read from files; set PERENNIAL_DATA',
    ])
  })

  test("variables of tests, of Kubernetes' services and empty ones are passed over", async () => {
    const environment = {
      PERENNIAL_SEED: '1',
      PERENNIAL_RUNS: '2',
      PERENNIAL_REQUIRE_KAFKA: '1',
      PERENNIAL_BUS: '',
      PERENNIAL_SERVICE_HOST: '10.0.0.1',
      PERENNIAL_API_SERVICE_PORT_HTTP: '7070',
      PERENNIAL_API_PORT: 'tcp://10.0.0.1:7070',
      PERENNIAL_API_PORT_7070_TCP_ADDR: '10.0.0.1',
      // A service called perennial-operations.
      PERENNIAL_OPERATIONS_PORT: 'tcp://10.0.0.2:80',
      OTHER: 'x',
    }
    expect(await read({ environment })).toEqual(configurationSchema.parse({}))
  })
})

test('options come before the environment, the environment before the file, the file before defaults', async () => {
  const yaml = 'data: from-file\nlog: info\nready:\n  maxLag: 3\n'
  const given = { yaml, environment: { PERENNIAL_DATA: 'from-environment', PERENNIAL_LOG: 'debug' }, flags: { data: 'from-option' } }
  expect(await read(given)).toMatchObject({ data: 'from-option', log: 'debug', ready: { maxLag: 3 }, share: { ttlMs: 6000 } })
  expect(await originsOf(given)).toEqual({
    data: '--data',
    log: 'PERENNIAL_LOG',
    'ready.maxLag': `${join(directory, 'perennial.yaml')}:4`,
  })
})

test('what is not in force cannot be wrong', async () => {
  const yaml = 'readStore: postgres://u:${NOWHERE}@host/db\nready: { maxLag: many }\n'
  const environment = { PERENNIAL_READ_STORE: 'postgres://u:p@host/db', PERENNIAL_READY_MAX_LAG: '7' }
  expect(await read({ yaml, environment })).toMatchObject({ readStore: 'postgres://u:p@host/db', ready: { maxLag: 7 } })
})

describe('every fault is named at once, with its place', () => {
  test('in file, environment, options and addresses', async () => {
    const yaml = [
      'bus: kafka://user:s3cret@host?tsl=true',
      'kafka:',
      '  topicz: [a]',
      '  topics: []',
      '  publishRows: often',
      'readStore: postgres://user:${NOWHERE}@host/db',
      'log: wran',
      'topics: [a]',
      'share: 6000',
      'colour: s3cret',
    ].join('\n')
    const checks = {
      bus: () => {
        throw new PerennialError('store-address', { message: 'There is no option "tsl".' })
      },
    }
    expect(await faultsOf({ yaml, checks, environment: { PERENNIAL_READY_MAX_LAG: 's3cret' }, flags: { data: '' } })).toEqual([
      '1 bus: There is no option "tsl"',
      '3 kafka.topicz: not a field here; did you mean topics?',
      '4 kafka.topics: expected at least one topic',
      '5 kafka.publishRows: expected true or false',
      '6 readStore: there is no environment variable NOWHERE',
      '7 log: expected debug, info, warn, error, silent; did you mean warn?',
      '8 topics: not a field here; topics stands under kafka',
      '9 share: expected fields: ttlMs',
      expect.stringMatching(/^10 colour: not a field here; there are data, bus, eventStore/),
      'data: expected the path of a directory (--data)',
      'ready.maxLag: expected a whole number from 0 to 1000000000 (PERENNIAL_READY_MAX_LAG)',
    ])
  })

  test.each([
    [
      'kafka: { topics: [a, 7] }',
      "1 kafka.topics[1]: expected a topic's name of at most 149 letters, digits, dots, underscores and hyphens",
    ],
    ['kafka: { topics: [a, "${NOWHERE}"] }', '1 kafka.topics[1]: there is no environment variable NOWHERE'],
    ['kafka: { replicationFactor: 0 }', '1 kafka.replicationFactor: expected a whole number from 1 to 32767, or -1'],
    ['kafka.topics: [a]', '1 kafka.topics: not a field here; topics stands under kafka'],
    ['operations: { port: 70000 }', '1 operations.port: expected a whole number from 0 to 65535'],
    ['postgres: { schema: "a-b" }', '1 postgres.schema: expected a letter, then at most 62 letters, digits and underscores'],
    ['bus: ""', '1 bus: expected an address such as kafka://host:9092'],
    ['bus: 9092', '1 bus: expected an address such as kafka://host:9092'],
    ['- data', '1 expected fields, such as data: ./.perennial'],
    ['data: a\ndata: b', '2 Map keys must be unique'],
  ])('%s', async (yaml, fault) => {
    expect(await faultsOf({ yaml })).toEqual([fault])
  })

  test('an address is checked by its own check, and by no other', async () => {
    const asked: string[] = []
    const check = (name: string) => (address: string) => void asked.push(`${name} ${address}`)
    const checks = { bus: check('bus'), eventStore: check('eventStore'), readStore: check('readStore') }
    await read({ yaml: 'eventStore: kurrentdb://host?tls=false', checks })
    expect(asked).toEqual(['eventStore kurrentdb://host?tls=false'])
  })

  test.each([
    'bus: {kafka://u:s3cret@host}',
    'bus: "kafka://u:s3cret@host',
    'bus: *s3cret',
    'bus: "kafka://u:\\s3cret@host"',
    'bus: @s3cret',
    '? kafka://u:s3cret@host',
    'bus: |s3cret',
    's3cret',
    'bus: [s3cret]',
    'log: s3cret',
    'postgres: { schema: "s3cret/" }',
    'kafka: kafka://u:s3cret@host',
  ])('and never with what was found there: %s', async (yaml) => {
    expect((await faultsOf({ yaml })).join('\n')).not.toMatch(/s3|cret/)
  })
})
