// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how configuration files name variables
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { configurationFields } from './configuration-fields.ts'
import { readConfiguration } from './read-configuration.ts'

const text = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
const rows = text.split('\n').filter((line) => line.startsWith('| `'))
const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, code]) => code as string)

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'perennial-documentation-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('docs/configuration.md', () => {
  test.each(configurationFields)('has a row for $name', ({ name, variable, fileVariable, default: byDefault }) => {
    const row = rows.find((line) => line.startsWith(`| \`${name}\` | \`PERENNIAL_`)) ?? ''
    const [, variables = '', shown = ''] = row.split(' | ')
    expect(variables.split(', ')).toEqual(expect.arrayContaining([`\`${variable}\``, ...(fileVariable ? [`\`${fileVariable}\``] : [])]))
    if (byDefault === '') expect(shown).toBe('nothing')
    else if (byDefault !== undefined)
      expect(shown).toBe(`\`${Array.isArray(byDefault) ? `[${byDefault.join(', ')}]` : String(byDefault)}\``)
  })

  test('names no field and no variable that there is not', () => {
    const fields = rows.map((row) => row.split('`')[1])
    const known = configurationFields.map(({ name }) => name)
    expect(fields.filter((field) => field !== undefined && !known.includes(field))).toEqual([])
    const variables = configurationFields.flatMap(({ variable, fileVariable }) => [variable, fileVariable ?? variable])
    const meant = [...variables, 'PERENNIAL_', 'PERENNIAL_CONFIG', 'PERENNIAL_API_PORT_7070_TCP']
    const named = [...text.matchAll(/PERENNIAL_[A-Z0-9_]*/g)].map(([name]) => name)
    expect(named.filter((name) => !meant.includes(name))).toEqual([])
  })

  const examples = blocks('yaml')
  test('has examples', () => {
    expect(examples).toHaveLength(4)
    expect(examples.filter((yaml) => yaml.includes('readStore: postgres://perennial:${PGPASSWORD}@'))).toHaveLength(2)
  })

  test.each(examples)('an example is valid: %s', async (yaml) => {
    const file = join(directory, 'perennial.yaml')
    writeFileSync(file, yaml)
    await expect(readConfiguration({ file, environment: { PGPASSWORD: 'a', KURRENTDB_PASSWORD: 'b' } })).resolves.toMatchObject({
      postgres: {},
    })
  })

  test('the last example says the same in variables', async () => {
    const lines = blocks('sh').flatMap((code) => code.trim().split('\n'))
    const given = Object.fromEntries(lines.map((line) => line.split('=') as [string, string]))
    const secret = (name: string, address: string) => {
      const file = join(directory, name)
      writeFileSync(file, `${address}\n`)
      return file
    }
    const eventStore = 'kurrentdb+discover://perennial:b@kurrentdb:2113'
    const readStore = 'postgres://perennial:a@postgres:5432/perennial'
    const file = join(directory, 'servers.yaml')
    writeFileSync(file, examples.at(-1) as string)
    const fromVariables = readConfiguration({
      directory,
      environment: {
        ...given,
        PERENNIAL_CONFIG: secret('empty.yaml', ''),
        PERENNIAL_EVENT_STORE_FILE: secret('event-store', eventStore),
        PERENNIAL_READ_STORE_FILE: secret('read-store', readStore),
      },
    })
    const fromFile = readConfiguration({ file, environment: { PGPASSWORD: 'a', KURRENTDB_PASSWORD: 'b' } })
    expect(await fromVariables).toEqual(await fromFile)
  })
})
