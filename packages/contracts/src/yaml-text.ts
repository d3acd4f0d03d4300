import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import type { Fault, PerennialError } from './errors.ts'

/** What a YAML or JSON text says, and where. */
export interface YamlText {
  value: unknown
  /** The line of a field, or of the nearest that holds it. 1 is the first. */
  lineAt(path: readonly PropertyKey[]): number
}

/** @throws what `invalid` makes of the faults, where the text is not YAML */
export function readYaml(text: string, invalid: (faults: Fault[]) => PerennialError): YamlText {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  if (document.errors.length > 0) {
    throw invalid(document.errors.map(({ message, pos }) => ({ field: '', message, line: lines.linePos(pos[0]).line })))
  }
  return {
    value: toValue(document, invalid),
    lineAt: (path) => lines.linePos(positionOf(document, path)).line,
  }
}

/** An alias may name an anchor that is not there, or stand for more than fits: that is found only here. */
function toValue(document: Document, invalid: (faults: Fault[]) => PerennialError): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw invalid([{ field: '', message: (error as Error).message, line: 1 }])
  }
}

/** The field itself may be missing: then the nearest parent that stands in the file tells the place. */
function positionOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true)
    const key = path[length - 1]
    const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined
    const node = document.getIn(path.slice(0, length), true) as Node | undefined
    const range = (isScalar(pair?.key) ? pair.key.range : undefined) ?? node?.range
    if (range) return range[0]
  }
  return document.contents?.range?.[0] ?? 0
}
