import { describe, expect, test } from '@jest/globals'
import { readModels } from '@perennial/contracts'
import { createLogger } from '@perennial/runtime'
import { embeddedAdapters } from './adapters.ts'
import { composeEngine } from './composition.ts'
import { tokens } from './infrastructure.ts'

const readModelNames = Object.keys(readModels)
const compose = () =>
  composeEngine({
    adapters: embeddedAdapters(':memory:', readModelNames),
    runsHere: () => [],
    clock: () => 0,
    logger: createLogger('silent'),
  })

describe('the composition root', () => {
  test.each(Object.entries(tokens).filter(([name]) => name !== 'service'))('binds %s, once for everyone', (_, token) => {
    const container = compose()
    const bound = container.get<unknown>(token)
    expect(bound).toBeDefined()
    expect(container.get<unknown>(token)).toBe(bound)
  })

  test('binds every service, in the order in which events flow', () => {
    const names = compose()
      .getAll(tokens.service)
      .map(({ name }) => name)
    expect(names.filter((name) => name !== 'api')).toEqual(['ingest', 'settlement', ...readModelNames, 'learner', 'relay'])
    expect(new Set(names).size).toBe(names.length)
  })

  test('makes each service once', () => {
    const container = compose()
    const [first] = container.getAll(tokens.service)
    expect(container.getAll(tokens.service)[0]).toBe(first)
  })

  test('gives every projector a read store of its own', () => {
    const readStores = compose().get(tokens.readStores)
    expect([...readStores.keys()]).toEqual(readModelNames)
    expect(new Set(readStores.values()).size).toBe(readModelNames.length)
  })

  test('shares nothing between two engines', () => {
    const [one, other] = [compose(), compose()]
    expect(one.get(tokens.eventStore)).not.toBe(other.get(tokens.eventStore))
    expect(one.get(tokens.metrics)).not.toBe(other.get(tokens.metrics))
  })
})
