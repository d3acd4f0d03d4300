import type { ConfigurationField } from './configuration-fields.ts'

/**
 * What a text means for a field: variables and flags are only text. A text that is no number stays what it is, so that
 * the schema says what it expects.
 */
export function parseText(kind: ConfigurationField['kind'], text: string): unknown {
  const trimmed = text.trim()
  switch (kind) {
    case 'number':
      return /^-?\d+$/.test(trimmed) ? Number(trimmed) : trimmed
    case 'boolean':
      return trimmed === 'true' || (trimmed === 'false' ? false : trimmed)
    case 'list':
      return trimmed.split(',').map((part) => part.trim())
    case 'text':
      return text
  }
}
