import { expect, test } from '@jest/globals'
import { configurationFields, fieldAt, namesUnder } from './configuration-fields.ts'

const fieldOf = (name: string) => configurationFields.find((field) => field.name === name)

test('every value of the schema is a field with a variable of its own and a description', () => {
  expect(configurationFields.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['data', 'bus', 'kafka.topics', 'operations.port', 'ready.maxLag', 'log']),
  )
  const variables = configurationFields.flatMap(({ variable, fileVariable }) => [variable, ...(fileVariable ? [fileVariable] : [])])
  expect(new Set(variables).size).toBe(variables.length)
  for (const { description } of configurationFields) expect(description).toMatch(/^[A-Z].*\.$/)
})

test('variables are made from the paths', () => {
  expect(fieldOf('eventStore')).toMatchObject({
    path: ['eventStore'],
    variable: 'PERENNIAL_EVENT_STORE',
    fileVariable: 'PERENNIAL_EVENT_STORE_FILE',
    kind: 'text',
    default: undefined,
  })
  expect(fieldOf('kafka.sessionMs')).toMatchObject({ variable: 'PERENNIAL_KAFKA_SESSION_MS', kind: 'number', default: 6000 })
  expect(fieldOf('kafka.topics')).toMatchObject({ kind: 'list', default: ['retail-events'], fileVariable: undefined })
  expect(fieldOf('kafka.publishRows')).toMatchObject({ kind: 'boolean', default: true })
})

test('only addresses are read from files', () => {
  const names = configurationFields.filter(({ fileVariable }) => fileVariable !== undefined).map(({ name }) => name)
  expect(names).toEqual(['bus', 'eventStore', 'readStore'])
})

test('a place is found by its path', () => {
  expect(fieldAt(['kafka', 'topics', 3])?.name).toBe('kafka.topics')
  expect(fieldAt(['kafka'])).toBeUndefined()
  expect(namesUnder(['share'])).toEqual(['ttlMs'])
  expect(namesUnder(['data'])).toEqual([])
  expect(namesUnder([])).toContain('kurrentdb')
})
