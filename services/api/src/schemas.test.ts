import { createRequire } from 'node:module'
import { describe, expect, test } from '@jest/globals'
import { announcementEvents, incomingEvents, problemOf, readModels } from '@perennial/contracts'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormatsModule from 'ajv-formats'
import { asyncApiDocument } from '../../../schemas/asyncapi.ts'
import { differingFiles } from '../../../schemas/generate.ts'
import { jsonSchemas } from '../../../schemas/json-schemas.ts'
import { announcementExamples, eventExamples, rowExamples } from './openapi/examples.ts'

const addFormats = addFormatsModule as unknown as (ajv: Ajv | Ajv2020) => void
const plain = (value: unknown) => JSON.parse(JSON.stringify(value))

test('the files in schemas/ are what the code says', () => {
  expect(differingFiles()).toEqual([])
})

describe('the JSON Schemas', () => {
  const schemas = jsonSchemas()
  const ajv = new Ajv2020({ strict: false })
  addFormats(ajv)
  const draft7 = new Ajv({ strict: false })
  addFormats(draft7)

  test.each(Object.keys(schemas))('%s is a valid schema that can be used alone', (name) => {
    const schema = plain(schemas[name])
    const ajvOf = schema.$schema.includes('draft-07') ? draft7 : ajv
    expect(schema.$id).toBe(`urn:perennial:schema:${name}`)
    expect(ajvOf.validateSchema(schema)).toBe(true)
    expect(typeof ajvOf.compile(schema)).toBe('function')
  })

  test.each([
    ...Object.keys(incomingEvents).map((type) => [`event.${type}`, (eventExamples as Record<string, unknown>)[type]]),
    ...Object.keys(readModels).map((name) => [`row.${name}`, rowExamples[name]]),
    ...Object.keys(announcementEvents).map((type) => [`announcement.${type}`, (announcementExamples as Record<string, unknown>)[type]]),
    ['problem', problemOf('too-large')],
  ] as [string, unknown][])('%s takes its example and not an empty object', (name, example) => {
    const validate = ajv.getSchema(`urn:perennial:schema:${name}`) ?? ajv.compile(plain(schemas[name]))
    validate(example)
    expect(validate.errors ?? []).toEqual([])
    expect(validate({})).toBe(false)
  })
})

describe('the AsyncAPI document', () => {
  const document = plain(asyncApiDocument())

  test('is valid AsyncAPI 3.0', () => {
    const metaSchema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0.json')
    const ajv = new Ajv({ strict: false, logger: false, meta: false, validateSchema: false })
    addFormats(ajv)
    const validate = ajv.compile(metaSchema)
    validate(document)
    expect(validate.errors ?? []).toEqual([])
  })

  test('every reference leads somewhere', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path as string)
    expect(references.length).toBeGreaterThan(30)
    for (const path of references) {
      const target = path.split('/').reduce((value, part) => value?.[part.replaceAll('~1', '/').replaceAll('~0', '~')], document)
      expect([path, typeof target]).toEqual([path, 'object'])
    }
  })

  test('tells of all topics, keyed by member', () => {
    const rows = Object.keys(readModels).map((name) => `perennial-${name}`)
    expect(Object.keys(document.channels)).toEqual(['retail-events', 'perennial-announcements', ...rows, 'perennial-dead-letters'])
    expect(document.components.messages.PurchaseEvent.bindings.kafka.key.type).toBe('string')
  })

  test('says which topics are compacted: those of rows', () => {
    for (const [topic, { bindings }] of Object.entries<{ bindings: { kafka: { topicConfiguration?: unknown } } }>(document.channels)) {
      const isOfRows = Object.keys(readModels).some((name) => topic === `perennial-${name}`)
      expect([topic, bindings.kafka.topicConfiguration]).toEqual([topic, isOfRows ? { 'cleanup.policy': ['compact'] } : undefined])
    }
  })

  test.each(Object.keys(readModels))('the example of a row of %s is what its schema says', (name) => {
    const [message] = Object.values<{ examples: { payload: unknown }[] }>(document.components.messages).filter(
      (candidate) => (candidate as { name?: string }).name === `perennial.row.${name}`,
    )
    const alone = new Ajv2020({ strict: false })
    addFormats(alone)
    const validate = alone.compile(plain(jsonSchemas()[`row-event.${name}`]))
    validate(message?.examples[0]?.payload)
    expect(validate.errors ?? []).toEqual([])
    expect(validate({})).toBe(false)
  })
})
