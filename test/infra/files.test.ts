import { describe, expect, test } from '@jest/globals'
import { configurationFields } from '@perennial/configuration'
import { configurationSchema } from '@perennial/contracts'
import { findSecrets } from './find-secrets.ts'
import { documentsIn, filesLike, type Json, textOf } from './read-infra.ts'

const yamlFiles = filesLike('**/*.yaml', '**/*.yml')
const jsonFiles = filesLike('**/*.json')
const contentsOf = (file: string): Json => (file.endsWith('.json') ? JSON.parse(textOf(file)) : documentsIn(textOf(file)))

describe('every file of the infrastructure', () => {
  test.each([...yamlFiles, ...jsonFiles])('%s can be read, and says something', (file) => {
    const contents = contentsOf(file)
    for (const document of Array.isArray(contents) ? contents : [contents]) expect(Object.keys(document as object)).not.toEqual([])
  })

  test('a field that is said twice is told of', () => {
    expect(() => documentsIn('image: one\nimage: two\n')).toThrow('unique')
  })

  test.each([...yamlFiles, ...jsonFiles])('%s holds no secret', (file) => {
    expect(findSecrets(contentsOf(file))).toEqual([])
  })

  test.each([
    ['an address with a password', { PERENNIAL_READ_STORE: 'postgres://perennial:hunter2@postgres/perennial' }],
    ['a password by its name', { environment: { POSTGRES_PASSWORD: 'hunter2' } }],
    ['a variable of Kubernetes', { env: [{ name: 'GF_SECURITY_ADMIN_PASSWORD', value: 'hunter2' }] }],
    ['a Secret', { kind: 'Secret', data: { readStore: 'aHVudGVyMg==' } }],
  ])('%s would be found, and not told on', (_, contents) => {
    const found = findSecrets(contents)
    expect(found).toHaveLength(1)
    expect(found.join()).not.toContain('hunter2')
  })

  test('every variable of Perennial that is named is one that it knows', () => {
    const known = ['PERENNIAL_CONFIG', ...configurationFields.flatMap(({ variable, fileVariable }) => [variable, fileVariable])]
    const named = filesLike('**/*.{yaml,yml}', 'Dockerfile', '*.service').flatMap(
      (file) => textOf(file).match(/\bPERENNIAL_[A-Z_]+/g) ?? [],
    )
    expect(named).not.toEqual([])
    expect([...new Set(named)].filter((name) => !known.includes(name))).toEqual([])
  })

  test('the configuration in Kubernetes is one that Perennial takes', () => {
    const [contents] = documentsIn(textOf('kubernetes/base/perennial.yaml'))
    expect(configurationSchema.safeParse(contents).error).toBeUndefined()
  })
})
