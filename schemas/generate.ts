import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openApiDocument } from '@perennial/api/openapi/document'
import { projectors } from '@perennial/projectors'
import { asyncApiDocument } from './asyncapi.ts'
import { jsonSchemas } from './json-schemas.ts'

/**
 * Writes everything in this folder that is made from the zod schemas:
 *
 *     npx node schemas/generate.ts            writes
 *     npx node schemas/generate.ts --check    names what differs, and exits with 1
 */

const folder = new URL('./', import.meta.url)
const jsonFolder = new URL('json/', folder)

/** Text of each file, by its path in this folder. */
export function generatedFiles(): Map<string, string> {
  const files = new Map<string, unknown>(Object.entries(jsonSchemas()).map(([name, schema]) => [`json/${name}.json`, schema]))
  files.set('asyncapi.json', asyncApiDocument())
  files.set('openapi.json', openApiDocument(projectors))
  return new Map([...files].map(([path, document]) => [path, `${JSON.stringify(document, null, 2)}\n`]))
}

/** Paths of the files that are missing, stale, or not made from anything any more. */
export function differingFiles(): string[] {
  const files = generatedFiles()
  const read = (path: string) => (existsSync(new URL(path, folder)) ? readFileSync(new URL(path, folder), 'utf8') : undefined)
  return [...files.keys()].filter((path) => read(path) !== files.get(path)).concat(leftovers(files))
}

function leftovers(files: ReadonlyMap<string, string>): string[] {
  if (!existsSync(jsonFolder)) return []
  return readdirSync(jsonFolder)
    .map((name) => `json/${name}`)
    .filter((path) => !files.has(path))
}

function write(): void {
  const files = generatedFiles()
  mkdirSync(jsonFolder, { recursive: true })
  for (const [path, text] of files) writeFileSync(new URL(path, folder), text)
  for (const path of leftovers(files)) rmSync(new URL(path, folder))
  console.log(`${files.size} files written to schemas/`)
}

function check(): void {
  const differing = differingFiles()
  if (differing.length === 0) return console.log('schemas/ is up to date')
  console.error(`Not what the code says; run npx node schemas/generate.ts:\n${differing.map((path) => `  schemas/${path}`).join('\n')}`)
  process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) check()
  else write()
}
