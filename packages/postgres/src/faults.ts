import { type ErrorCode, PerennialError } from '@perennial/contracts'
import { GenerationRetired } from '@perennial/read-store'

/** Nothing more comes over this connection; what was sent last may have been done or not. */
const lostCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
  // Shut down, crashed, starting up; told to go while a transaction stood still.
  ...['57P01', '57P02', '57P03', '25P03'],
])
/** The client's plain errors have no code. */
const lostMessages = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Query read timeout',
  'timeout exceeded when trying',
]
/** Another transaction was in the way, or too much is going on; and a server that has just become a standby takes no writes. */
const passingCodes = new Set(['40001', '40P01', '55P03', '53300', '53200', '25006'])

const statementTimeout = '57014'
const known: Readonly<Record<string, ErrorCode>> = {
  [statementTimeout]: 'store-unavailable',
  '53100': 'disk-full',
  XX001: 'data-damaged',
  XX002: 'data-damaged',
  // No such database; a name of a schema that PostgreSQL keeps to itself; rights that are missing.
  '3D000': 'store-refused',
  '42939': 'store-refused',
  '42501': 'store-refused',
}

function codeOf(error: unknown): string {
  return (error as { code?: string } | undefined)?.code ?? ''
}

export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error)
  if (code !== '') return lostCodes.has(code) || code.startsWith('08')
  const message = error instanceof Error ? error.message : ''
  return lostMessages.some((begin) => message.startsWith(begin))
}

/** Gone, perhaps, at the next try. */
export function isTransient(error: unknown): boolean {
  return isConnectionLost(error) || passingCodes.has(codeOf(error))
}

export function isMissingTable(error: unknown): boolean {
  return codeOf(error) === '42P01'
}

/**
 * In our words, as far as it is a fault of the server or the way to it; anything else is a mistake of ours.
 * @param where the PostgreSQL schema, never the address: it holds a password
 */
export function asPerennialError(error: unknown, where: string): unknown {
  if (error instanceof PerennialError || error instanceof GenerationRetired) return error
  const code = codeOf(error)
  const ours = isTransient(error) ? 'store-unavailable' : code.startsWith('28') ? 'store-refused' : known[code]
  if (ours === undefined) return error
  return new PerennialError(ours, {
    where,
    cause: error,
    ...(code === statementTimeout && { message: 'A statement took too long.' }),
    ...(ours === 'store-refused' && { message: messageOf(error) }),
  })
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
