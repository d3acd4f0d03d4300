import { expect, test } from '@jest/globals'
import type { Logger } from '@perennial/runtime'
import { sparingly } from './sparingly.ts'

test('while a server is away, the log is told once a minute of each thing that goes wrong', () => {
  const told: string[] = []
  const tell = (level: string) => (fields: { part: string }, message: string) => void told.push(`${level} ${fields.part}: ${message}`)
  let now = 0
  const warn = sparingly({ warn: tell('warn'), debug: tell('debug') } as unknown as Logger, () => now)
  const [readStore, bus] = [{ part: 'readStore', kind: 'retry' }, { part: 'bus Consumer' }]
  warn(readStore, 'read ECONNRESET')
  warn(readStore, 'read ECONNRESET')
  warn(bus, 'Restarting the consumer in 300ms')
  warn(bus, 'Restarting the consumer in 7712ms')
  warn(bus, 'Crash')
  now = 60_000
  warn(readStore, 'read ECONNRESET')
  expect(told).toEqual([
    'warn readStore: read ECONNRESET',
    'debug readStore: read ECONNRESET',
    'warn bus Consumer: Restarting the consumer in 300ms',
    'debug bus Consumer: Restarting the consumer in 7712ms',
    'warn bus Consumer: Crash',
    'warn readStore: read ECONNRESET',
  ])
})
