import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, unknown>
const { packages } = read('package-lock.json') as { packages: Record<string, Record<string, unknown>> }
const fields = ['name', 'version', 'bin', 'dependencies', 'devDependencies', 'optionalDependencies'] as const
const sorted = (value: unknown) =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value

/** `npm ci` installs what the lock file says: a command that it forgets is not there on a new machine. */
test.each(['.', ...globSync('{packages,services}/*', { cwd: root })])('the lock file says of %s what its package.json says', (folder) => {
  const workspace = read(join(folder, 'package.json'))
  const locked = packages[folder === '.' ? '' : folder]
  for (const field of fields) expect([field, sorted(locked?.[field])]).toEqual([field, sorted(workspace[field])])
  if (folder !== '.') expect(packages[`node_modules/${workspace.name}`]).toEqual({ resolved: folder, link: true })
})
