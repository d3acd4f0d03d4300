import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { findViolations } from './find-violations.ts'
import { readImports } from './read-imports.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'perennial-layers-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function workspace(folder: string, dependencies: string[], files: Record<string, string>): void {
  const all = {
    'package.json': JSON.stringify({ dependencies: Object.fromEntries(dependencies.map((name) => [name, '*'])) }),
    ...files,
  }
  for (const [name, text] of Object.entries(all)) {
    const file = join(root, folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

function violations(): string[] {
  return findViolations(root).map(({ file, line, message }) => `${file}:${line}: ${message}`)
}

describe('imports go one way', () => {
  test('what points down and is declared is let pass', () => {
    workspace('packages/domain', ['@perennial/contracts', 'temporal-polyfill'], {
      'src/index.ts':
        "import { topics } from '@perennial/contracts'\nexport * from './fold.ts'\nimport { Temporal } from 'temporal-polyfill'\n",
      'src/fold.ts': 'export const fold = 1\n',
    })
    expect(violations()).toEqual([])
  })

  test('what points up is named with its file and line', () => {
    workspace('packages/domain', ['@perennial/event-store'], {
      'src/fold.ts': "// ä: bytes, not characters, say where we are\n\nimport type { EventStore } from '@perennial/event-store'\n",
    })
    expect(violations()).toEqual(['packages/domain/src/fold.ts:3: packages/domain may not import @perennial/event-store'])
  })

  test('one service does not import another, not even lazily', () => {
    workspace('services/tier', ['@perennial/points'], { 'src/projector.ts': "const late = await import('@perennial/points')\n" })
    expect(violations()).toEqual(['services/tier/src/projector.ts:1: services/tier may not import @perennial/points'])
  })

  test('a package that is not declared is not imported, nor is one reached by a path', () => {
    workspace('services/relay', [], {
      'src/relay.ts': "import { z } from 'zod/mini'\nexport * from '../../../packages/contracts/src/index.ts'\n",
    })
    expect(violations()).toEqual([
      'services/relay/src/relay.ts:1: zod is not among the dependencies in services/relay/package.json',
      'services/relay/src/relay.ts:2: ../../../packages/contracts/src/index.ts leaves services/relay; import the workspace by its name',
    ])
  })

  test('the container is seen in composition roots only; names of bindings carry its types', () => {
    workspace('services/engine', ['inversify'], { 'src/composition.ts': "import { Container } from 'inversify'\n" })
    workspace('packages/runtime', ['inversify'], {
      'src/tokens.ts': "import type { ServiceIdentifier } from 'inversify'\n",
      'src/service.ts': "import type { Container } from 'inversify'\n",
    })
    expect(violations()).toEqual(['packages/runtime/src/service.ts:1: inversify is for composition roots only'])
  })

  test('the domain reads no file and no clock', () => {
    workspace('packages/domain', [], { 'src/fold.ts': "import { readFileSync } from 'node:fs'\n" })
    expect(violations()).toEqual(['packages/domain/src/fold.ts:1: packages/domain does no input and output, so it cannot import node:fs'])
  })

  test('a cycle is found, whatever the table says', () => {
    workspace('packages/contracts', ['@perennial/domain'], { 'src/a.ts': "export * from '@perennial/domain'\n" })
    workspace('packages/domain', ['@perennial/contracts'], { 'src/b.ts': "export * from '@perennial/contracts'\n" })
    expect(violations()).toContain('packages/domain/src/b.ts:1: a cycle: contracts → domain → contracts')
  })

  test('a new workspace needs a line in the table; tests may import anything', () => {
    workspace('packages/surprise', [], { 'src/x.test.ts': "import '@perennial/engine'\n" })
    expect(violations()).toEqual(['packages/surprise/package.json:1: packages/surprise has no line in test/layers/layers.ts'])
  })
})

test('all kinds of imports are read, strings and comments are not', () => {
  const source = [
    "import a, { type B } from 'one'",
    "import type { C } from 'two'",
    "export * from 'three'",
    "export { type D } from 'four'",
    "// import e from 'five'",
    "const text = `import f from 'six'`",
    "type G = import('seven').G",
  ].join('\n')
  expect(readImports(source)).toEqual([
    { specifier: 'one', line: 1, typeOnly: false },
    { specifier: 'two', line: 2, typeOnly: true },
    { specifier: 'three', line: 3, typeOnly: false },
    { specifier: 'four', line: 4, typeOnly: true },
    { specifier: 'seven', line: 7, typeOnly: true },
  ])
})
