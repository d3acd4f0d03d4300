import { z } from 'zod'
import { topics } from './topics.ts'

/**
 * How an installation of Perennial is put together: the file `perennial.yaml`, or environment variables. What the fields
 * of the schema are is all there is to know: variables, faults, `perennial config` and the JSON Schema follow from it.
 */

/** Fields that hold the address of a server: they may hold a password, and may be read from a file of their own. */
export const addressFields = ['bus', 'eventStore', 'readStore'] as const
export type AddressField = (typeof addressFields)[number]

/** Found in the working directory, where no other file is named. */
export const configurationFileName = 'perennial.yaml'

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const

const textFault = { error: 'expected a text' }
const trueOrFalseFault = { error: 'expected true or false' }

const wholeNumber = (min: number, max: number) => {
  const fault = { error: `expected a whole number from ${min} to ${max}` }
  return z.int(fault).min(min, fault).max(max, fault)
}
const address = (example: string) => {
  const fault = { error: `expected an address such as ${example}` }
  return z.string(fault).min(1, fault).optional()
}
const name = (pattern: RegExp, error: string) => z.string({ error }).regex(pattern, { error })

// A prefix and a topic's name together are no longer than the 249 characters that Kafka takes.
const kafkaSchema = z
  .strictObject({
    prefix: name(/^[\w.-]{0,100}$/, 'expected at most 100 letters, digits, dots, underscores and hyphens')
      .default('')
      .meta({ description: 'Stands before the names of topics and groups, so that several installations can share brokers.' }),
    topics: z
      .array(name(/^[\w.-]{1,149}$/, "expected a topic's name of at most 149 letters, digits, dots, underscores and hyphens"), {
        error: 'expected a list of topics',
      })
      .min(1, { error: 'expected at least one topic' })
      .max(100, { error: 'expected at most 100 topics' })
      .default([topics.events])
      .meta({ description: 'Topics that ingest reads events from.' }),
    replicationFactor: z
      .int({ error: 'expected a whole number from 1 to 32767, or -1' })
      .refine((number) => number === -1 || (number >= 1 && number <= 32_767), { error: 'expected a whole number from 1 to 32767, or -1' })
      .default(-1)
      .meta({ description: 'Copies that brokers keep of topics that Perennial makes; -1: as many as the brokers say.' }),
    sessionMs: wholeNumber(1_000, 1_800_000).default(6_000).meta({
      description:
        'Milliseconds after which a silent consumer counts as dead, and others get its partitions. The brokers take none below their group.min.session.timeout.ms, which is 6000 where nobody changed it.',
    }),
    publishRows: z
      .boolean(trueOrFalseFault)
      .default(true)
      .meta({ description: 'Whether every read model is published as a compacted topic, perennial-<read model>, keyed by member.' }),
    deadLetters: z
      .boolean(trueOrFalseFault)
      .default(true)
      .meta({ description: `Whether what is refused is published to the topic ${topics.deadLetters} too.` }),
  })
  .prefault({})
  .meta({ description: 'Of use where the bus is Kafka.' })

const kurrentdbSchema = z
  .strictObject({
    namespace: name(/^[\w.-]{0,100}$/, 'expected at most 100 letters, digits, dots, underscores and hyphens')
      .default('')
      .meta({ description: 'Stands before the names of all streams, so that several installations can share a server.' }),
  })
  .prefault({})
  .meta({ description: 'Of use where the event store is KurrentDB.' })

const postgresSchema = z
  .strictObject({
    schema: name(/^[A-Za-z_]\w{0,62}$/, 'expected a letter, then at most 62 letters, digits and underscores')
      .default('perennial')
      .meta({ description: 'The PostgreSQL schema that holds the tables: one for each installation, shared with nothing else.' }),
    connections: wholeNumber(1, 1_000).default(4).meta({ description: 'Connections that one process opens at the most.' }),
  })
  .prefault({})
  .meta({ description: 'Of use where the read stores are in PostgreSQL.' })

const shareSchema = z
  .strictObject({
    ttlMs: wholeNumber(1_000, 600_000)
      .default(6_000)
      .meta({ description: 'Milliseconds that a silent process keeps its partitions and locks before others take them.' }),
  })
  .prefault({})
  .meta({ description: 'How processes share the work. Of use where the read stores are in PostgreSQL.' })

const operationsSchema = z
  .strictObject({
    host: z
      .string(textFault)
      .min(1, { error: 'expected a host name or an address' })
      .default('127.0.0.1')
      .meta({ description: 'Where it listens.' }),
    port: wholeNumber(0, 65_535).default(0).meta({ description: 'Its port; 0: one that is free, told at the start.' }),
  })
  .optional()
  .meta({ description: 'Health and metrics of a process that runs without the API. Absent: such a process listens nowhere.' })

const readySchema = z
  .strictObject({
    maxLag: wholeNumber(0, 1_000_000_000)
      .default(10_000)
      .meta({ description: 'Events. A service that is further behind says that it is not ready.' }),
  })
  .prefault({})
  .meta({ description: 'When a process says that it is ready.' })

/** An example that has every field: everything on servers. */
export const configurationExample = {
  data: '/var/lib/perennial',
  bus: 'kafka://one:9092,two:9092',
  eventStore: 'kurrentdb://kurrentdb:2113?tls=false',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how the file names a variable
  readStore: 'postgres://perennial:${PGPASSWORD}@postgres:5432/perennial',
  kafka: { prefix: '', topics: [topics.events], replicationFactor: 3, sessionMs: 6_000, publishRows: true, deadLetters: true },
  kurrentdb: { namespace: '' },
  postgres: { schema: 'perennial', connections: 4 },
  share: { ttlMs: 6_000 },
  operations: { host: '0.0.0.0', port: 9_464 },
  ready: { maxLag: 10_000 },
  log: 'info',
} satisfies ConfigurationInput

export const configurationSchema = z
  .strictObject({
    data: z
      .string(textFault)
      .min(1, { error: 'expected the path of a directory' })
      .default('./.perennial')
      .meta({ description: 'Directory for what is kept on this machine.' }),
    bus: address('kafka://host:9092').meta({
      description: 'Address of the message bus: kafka://[user:password@]host:9092,host:9092. Absent: SQLite in the data directory.',
    }),
    eventStore: address('kurrentdb://host:2113?tls=false').meta({
      description: 'Address of the log: kurrentdb://[user:password@]host:2113. Absent: SQLite in the data directory.',
    }),
    readStore: address('postgres://user:password@host:5432/database').meta({
      description:
        'Address of the read models, and of the dead letters, the waiting room, the progress of settlement and the locks: postgres://user:password@host:5432/database. Absent: SQLite in the data directory.',
    }),
    kafka: kafkaSchema,
    kurrentdb: kurrentdbSchema,
    postgres: postgresSchema,
    share: shareSchema,
    operations: operationsSchema,
    ready: readySchema,
    log: z
      .enum(logLevels, { error: `expected ${logLevels.join(', ')}` })
      .optional()
      .meta({
        description:
          'The least that is logged, as JSON lines on standard error. Absent: warn for up and demo, error for all other commands.',
      }),
  })
  .meta({ id: 'Configuration', title: 'The configuration of Perennial' })

/** What is in force: defaults are filled in, variables are replaced. Its addresses may hold passwords: see `hideSecrets`. */
export type Configuration = z.output<typeof configurationSchema>
/** What may stand in the file. */
export type ConfigurationInput = z.input<typeof configurationSchema>
