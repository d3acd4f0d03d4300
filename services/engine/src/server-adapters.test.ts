import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { configurationSchema } from '@perennial/contracts'
import { createLogger } from '@perennial/runtime'
import { openConfiguredEngine } from './engine.ts'
import { placeOf } from './server-adapters.ts'

let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'perennial-servers-'))
})
afterEach(() => rmSync(data, { recursive: true }))

describe('what the configuration names', () => {
  test('is told to people without secrets, and with what tells installations on one server apart', () => {
    const servers = {
      bus: 'kafka://ann:s3cret@kafka:9092',
      eventStore: 'kurrentdb://log:2113?tls=false',
      readStore: 'postgres://ann:s3cret@db/perennial',
    }
    const named = { kafka: { prefix: 'two.' }, kurrentdb: { namespace: 'two' }, postgres: { schema: 'two' } }
    expect(placeOf(configurationSchema.parse({ data: '/data', ...servers, ...named }))).toBe(
      '/data, kafka://ann:***@kafka:9092 (prefix two.), kurrentdb://log:2113?tls=false (namespace two), postgres://ann:***@db/perennial (schema two)',
    )
    expect(placeOf(configurationSchema.parse({ data: '/data', eventStore: servers.eventStore }))).toBe(
      '/data, kurrentdb://log:2113?tls=false',
    )
  })

  test('is closed again where a server does not answer, so that the command ends', async () => {
    const configuration = configurationSchema.parse({ data, eventStore: 'kurrentdb://127.0.0.1:1?tls=false' })
    const opening = openConfiguredEngine(configuration, { mustExist: true, logger: createLogger('silent') })
    await expect(opening).rejects.toMatchObject({ code: 'store-unavailable' })
    // SQLite takes its journal away when the last one who has the file open closes it.
    const files = readdirSync(data)
    expect(files).toContain('points.db')
    expect(files.filter((file) => file.endsWith('-wal'))).toEqual([])
  }, 30_000)
})
