import { PerennialError } from '@perennial/contracts'

/**
 * Cursors are base64url of a kind and a value, so that they stay good across restarts and one of another address is
 * noticed. They are stable: they say after what to go on, not how many rows to skip.
 */
export type CursorKind = 'member' | 'offset'

const prefix: Record<CursorKind, string> = { member: 'm:', offset: 'o:' }

export function toCursor(kind: CursorKind, value: string): string {
  return Buffer.from(prefix[kind] + value).toString('base64url')
}

/** @throws PerennialError `invalid-request` for what `toCursor` has not made */
export function readCursor(kind: CursorKind, cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString()
  if (!text.startsWith(prefix[kind]) || toCursor(kind, text.slice(2)) !== cursor) throw invalidCursor()
  return text.slice(2)
}

function invalidCursor(): PerennialError {
  const message = 'expected a cursor as it was given in "next" at this address'
  return new PerennialError('invalid-request', { message: `cursor: ${message}.`, faults: [{ field: 'cursor', message }] })
}
