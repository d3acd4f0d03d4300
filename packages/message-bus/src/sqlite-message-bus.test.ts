import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { rowsTopic } from '@perennial/contracts'
import type { MessageBus } from './message-bus.ts'
import { openSqliteMessageBus } from './sqlite-message-bus.ts'

const retentionMs = 50

describe('old messages', () => {
  let directory: string
  let bus: MessageBus
  const reopen = async () => {
    await bus?.close()
    bus = openSqliteMessageBus(join(directory, 'bus.db'), { retentionMs })
  }
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'perennial-bus-'))
    bus = openSqliteMessageBus(join(directory, 'bus.db'), { retentionMs })
  })
  afterEach(async () => {
    await bus.close()
    rmSync(directory, { recursive: true, force: true })
  })

  const publish = (...values: string[]) =>
    bus.publish(
      'sales',
      values.map((value) => ({ key: 'ann', value })),
    )
  const kept = async () => (await bus.read({ topic: 'sales', limit: 10 })).map(({ value }) => value)
  /** Reads what there is, one message at a time, and stops after so many, or when there is no more. */
  const consume = async (group: string, count = Number.POSITIVE_INFINITY) => {
    const stop = new AbortController()
    let left = count
    await bus.consume({
      topic: 'sales',
      group,
      batchMax: 1,
      signal: stop.signal,
      handle: async () => {
        if (--left === 0) stop.abort()
      },
      onIdle: () => stop.abort(),
    })
  }

  test('go once all groups have read them; the others stay', async () => {
    await publish('a', 'b', 'c')
    await consume('slow', 1)
    await sleep(retentionMs * 2)
    await publish('d')
    await consume('fast')
    expect(await kept()).toEqual(['b', 'c', 'd'])
    await consume('slow')
    expect(await kept()).toEqual(['d'])
  })

  test('of a topic that no group reads go, too', async () => {
    await publish('a', 'b')
    await sleep(retentionMs * 2)
    await reopen()
    await publish('c')
    expect(await kept()).toEqual(['c'])
  })

  test('stay while they are young', async () => {
    await publish('a')
    await consume('fast')
    expect(await kept()).toEqual(['a'])
  })
})

describe('a compacted topic', () => {
  const rows = rowsTopic('tier')

  test('keeps the last message of every key, however old it is', async () => {
    const bus = openSqliteMessageBus(':memory:', { retentionMs: 0 })
    await bus.publish(rows, [
      { key: 'ann', value: 'member' },
      { key: 'bob', value: 'member' },
      { key: 'ann', value: 'silver' },
      { key: 'bob', value: null },
    ])
    await sleep(5)
    const done = new AbortController()
    await bus.consume({ topic: rows, group: 'all', batchMax: 10, signal: done.signal, handle: async () => {}, onIdle: () => done.abort() })
    const kept = (await bus.read({ topic: rows, limit: 10 })).map(({ key, value, offset }) => [key, value, offset])
    expect(kept).toEqual([
      ['ann', 'silver', 3],
      ['bob', null, 4],
    ])
    await bus.close()
  })
})
