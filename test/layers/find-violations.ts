import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, posix, sep } from 'node:path'
import { allowedImports, compositionRoots, containerTypesOnly, exceptions, withoutInputAndOutput } from './layers.ts'
import { type Import, readImports } from './read-imports.ts'

export interface Violation {
  /** Path from the root of the repository. */
  file: string
  line: number
  message: string
}

interface Workspace {
  /** `packages/domain`. */
  folder: string
  dependencies: ReadonlySet<string>
  files: string[]
}

const own = '@perennial/'

/** Everything in the workspaces under `root` that breaks the rules of layers.ts. Tests are exempt. */
export function findViolations(root: string): Violation[] {
  const workspaces = readWorkspaces(root)
  const edges = new Map<string, Map<string, Violation>>()
  const violations = workspaces.flatMap((workspace) => [
    ...checkKnown(workspace),
    ...workspace.files.flatMap((file) =>
      readImports(readFileSync(join(root, file), 'utf8')).flatMap((found) => {
        noteEdge(edges, workspace.folder, file, found)
        return checkImport(workspace, file, found).map((message) => ({ file, line: found.line, message }))
      }),
    ),
  ])
  return [...violations, ...findCycles(edges)]
}

function readWorkspaces(root: string): Workspace[] {
  const folders = globSync('{packages,services}/*/package.json', { cwd: root }).map((file) => dirname(file).replaceAll(sep, '/'))
  return folders.sort().map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> }
    const files = globSync(`${folder}/{src,bin}/**/*.{ts,js}`, { cwd: root }).map((file) => file.replaceAll(sep, '/'))
    return {
      folder,
      dependencies: new Set(Object.keys(manifest.dependencies ?? {})),
      files: files.filter((file) => !isTest(file)).sort(),
    }
  })
}

/** `fold.test.ts`, and what tests share in a folder named `testing`. */
function isTest(file: string): boolean {
  return file.endsWith('.test.ts') || file.includes('/testing/')
}

function checkKnown({ folder }: Workspace): Violation[] {
  if (allowedImports[folder]) return []
  return [{ file: `${folder}/package.json`, line: 1, message: `${folder} has no line in test/layers/layers.ts` }]
}

function checkImport(workspace: Workspace, file: string, { specifier, typeOnly }: Import): string[] {
  if (specifier.startsWith('.')) return checkRelative(workspace, file, specifier)
  if (isBuiltin(specifier)) {
    const { workspaces, pureModules } = withoutInputAndOutput
    const refused = workspaces.includes(workspace.folder) && !pureModules.includes(specifier)
    return refused ? [`${workspace.folder} does no input and output, so it cannot import ${specifier}`] : []
  }
  const name = packageName(specifier)
  const messages: string[] = []
  if (!workspace.dependencies.has(name)) messages.push(`${name} is not among the dependencies in ${workspace.folder}/package.json`)
  if (name.startsWith(own) && !allowedImports[workspace.folder]?.includes(name.slice(own.length))) {
    messages.push(`${workspace.folder} may not import ${name}`)
  }
  if (name === 'inversify') messages.push(...checkContainer(file, typeOnly))
  return messages
}

/** A path that leaves the workspace goes round every rule. */
function checkRelative({ folder }: Workspace, file: string, specifier: string): string[] {
  const target = posix.join(posix.dirname(file), specifier)
  if (target.startsWith(`${folder}/`)) return []
  if (exceptions.some((exception) => exception.file === file && exception.imports === target)) return []
  return [`${specifier} leaves ${folder}; import the workspace by its name`]
}

function checkContainer(file: string, typeOnly: boolean): string[] {
  if (compositionRoots.some((pattern) => pattern.test(file))) return []
  if (typeOnly && containerTypesOnly.some((pattern) => pattern.test(file))) return []
  return ['inversify is for composition roots only']
}

/** `@scope/name/path` is `@scope/name`, `name/path` is `name`. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function noteEdge(edges: Map<string, Map<string, Violation>>, folder: string, file: string, { specifier, line }: Import): void {
  if (!specifier.startsWith(own)) return
  const from = folder.replace(/^(packages|services)\//, '')
  const to = packageName(specifier).slice(own.length)
  const ofWorkspace = edges.get(from) ?? new Map<string, Violation>()
  edges.set(from, ofWorkspace)
  if (!ofWorkspace.has(to)) ofWorkspace.set(to, { file, line, message: '' })
}

/** Each cycle once, at the import that closes it. */
function findCycles(edges: ReadonlyMap<string, ReadonlyMap<string, Violation>>): Violation[] {
  const cycles: Violation[] = []
  const done = new Set<string>()
  function follow(name: string, path: readonly string[]): void {
    if (done.has(name)) return
    for (const [next, place] of edges.get(name) ?? []) {
      const way = [...path, name]
      const start = way.indexOf(next)
      if (start === -1) follow(next, way)
      else cycles.push({ ...place, message: `a cycle: ${[...way.slice(start), next].join(' → ')}` })
    }
    done.add(name)
  }
  for (const name of edges.keys()) follow(name, [])
  return cycles
}
