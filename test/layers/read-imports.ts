import { type ModuleItem, parseSync } from '@swc/core'

export interface Import {
  specifier: string
  /** 1 is the first. */
  line: number
  /** Gone when the types are stripped. */
  typeOnly: boolean
}

interface Node {
  type: string
  span?: { start: number }
  [field: string]: unknown
}

/** Every import, re-export, `import()` and import of a type in a file, in the order in which they stand. */
export function readImports(source: string): Import[] {
  // The parser counts bytes over all files that it has seen: a first statement of our own says where this file begins.
  const marked = Buffer.from(`;${source.replace(/^#!/, '//')}`)
  const { body } = parseSync(marked.toString(), { syntax: 'typescript', target: 'es2024' })
  const base = (body[0] as ModuleItem).span.start
  const imports: Import[] = []

  function add(node: Node, specifier: string, typeOnly: boolean): void {
    const before = marked.subarray(0, (node.span?.start ?? base) - base)
    imports.push({ specifier, line: 1 + before.reduce((lines, byte) => lines + (byte === 0x0a ? 1 : 0), 0), typeOnly })
  }

  function visit(value: unknown): void {
    if (Array.isArray(value)) for (const item of value) visit(item)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return
    const node = value as Node
    const specifier = specifierOf(node)
    if (specifier !== undefined) add(node, specifier, isTypeOnly(node))
    for (const child of Object.values(node)) visit(child)
  }

  visit(body)
  return imports
}

function specifierOf(node: Node): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return textOf(node.source)
    case 'TsImportType':
      return textOf(node.argument)
    case 'CallExpression': {
      if ((node.callee as Node).type !== 'Import') return undefined
      const [first] = node.arguments as { expression: unknown }[]
      return textOf(first?.expression)
    }
    default:
      return undefined
  }
}

function textOf(literal: unknown): string | undefined {
  const { type, value } = (literal ?? {}) as { type?: string; value?: unknown }
  return type === 'StringLiteral' ? String(value) : undefined
}

function isTypeOnly(node: Node): boolean {
  if (node.type === 'TsImportType' || node.typeOnly === true) return true
  const specifiers = (node.specifiers ?? []) as { isTypeOnly?: boolean }[]
  return specifiers.length > 0 && specifiers.every(({ isTypeOnly }) => isTypeOnly === true)
}
