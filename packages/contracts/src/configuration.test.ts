import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { addressFields, configurationExample, configurationSchema } from './configuration.ts'

test('the example is valid and has every field', () => {
  const configuration = configurationSchema.parse(configurationExample)
  expect(configuration).toEqual(configurationExample)
  expect(Object.keys(configurationExample).sort()).toEqual(Object.keys(configurationSchema.shape).sort())
  const byDefault = configurationSchema.parse({ operations: {} })
  for (const section of ['kafka', 'kurrentdb', 'postgres', 'share', 'operations', 'ready'] as const) {
    expect(Object.keys(configurationExample[section])).toEqual(Object.keys(byDefault[section] ?? {}))
  }
})

test('without any field, everything is on this machine and nothing else listens', () => {
  const configuration = configurationSchema.parse({})
  for (const field of addressFields) expect(configuration[field]).toBeUndefined()
  expect(configuration.operations).toBeUndefined()
})

describe('what is not understood is refused', () => {
  test.each([
    [{ buss: 'kafka://host' }],
    [{ kafka: { topic: ['a'] } }],
    [{ kafka: { topics: [] } }],
    [{ kafka: { prefix: 'a/b' } }],
    [{ kafka: { replicationFactor: 0 } }],
    [{ kafka: { sessionMs: '6000' } }],
    [{ postgres: { schema: '' } }],
    [{ postgres: { connections: 0 } }],
    [{ share: { ttlMs: 6 } }],
    [{ operations: { port: 65_536 } }],
    [{ data: '' }],
    [{ log: 'loud' }],
  ])('%j', (input) => {
    expect(configurationSchema.safeParse(input).success).toBe(false)
  })
})

test('a prefix and a topic together are a name that Kafka takes', () => {
  const longest = { prefix: 'p'.repeat(100), topics: ['t'.repeat(149)] }
  expect(configurationSchema.safeParse({ kafka: longest }).success).toBe(true)
  expect(configurationSchema.safeParse({ kafka: { prefix: `${longest.prefix}p` } }).success).toBe(false)
  expect(configurationSchema.safeParse({ kafka: { topics: [`${longest.topics[0]}t`] } }).success).toBe(false)
})

test('every field says what it means', () => {
  const { $defs } = z.toJSONSchema(configurationSchema, { io: 'input' }) as unknown as { $defs: { Configuration: Shape } }
  const without = (shape: Shape, path: string): string[] =>
    Object.entries(shape.properties ?? {}).flatMap(([key, inside]) => [
      ...(inside.description ? [] : [`${path}${key}`]),
      ...without(inside, `${path}${key}.`),
    ])
  expect(Object.keys($defs.Configuration.properties ?? {})).toContain('readStore')
  expect(without($defs.Configuration, '')).toEqual([])
})

interface Shape {
  description?: string
  properties?: Record<string, Shape>
}
