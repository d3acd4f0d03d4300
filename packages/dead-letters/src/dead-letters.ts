import { createHash } from 'node:crypto'
import type { ErrorCode, Fault } from '@perennial/contracts'

/** Everything that was refused, with its original bytes, for an operator to list, mend and replay. */
export interface DeadLetters {
  /**
   * Keeps refused messages. The same bytes are kept once, however often they are refused: with where they came from
   * first, and why they were refused last.
   */
  keep(letters: readonly NewDeadLetter[]): Promise<void>
  /**
   * Newest first, those behind `after` where given. `all` also lists those that were sent again and not refused since,
   * or discarded.
   */
  list(options: { limit: number; all?: boolean; after?: Pick<DeadLetter, 'refusedAt' | 'id'> }): Promise<DeadLetter[]>
  /** By id or the beginning of one; undefined where none or several match. */
  find(id: string): Promise<DeadLetter | undefined>
  /** Marks letters as sent again, unless they have been refused once more since they were read. */
  markRetried(letters: readonly Pick<DeadLetter, 'id' | 'refusals'>[]): Promise<void>
  /** Marks letters as settled otherwise: mended and sent anew, or not wanted. They are still kept, and listed with `all`. */
  discard(ids: readonly string[]): Promise<void>
  countOpen(): Promise<number>
  /** How often anything was refused: the same bytes count every time. */
  countRefusals(): Promise<number>
  close(): Promise<void>
}

export interface NewDeadLetter {
  bytes: Uint8Array
  code: ErrorCode
  message: string
  faults: readonly Fault[]
  /** Where it came from: a file and line, a request, a place on the bus. */
  origin: string
  /** Key of the message, if it had one. */
  key: string | null
  /** The engine's clock, milliseconds. */
  refusedAt: number
}

export interface DeadLetter extends NewDeadLetter {
  /** Fingerprint of the bytes. */
  id: string
  firstRefusedAt: number
  /** How often these bytes were refused. */
  refusals: number
  status: 'open' | 'retried' | 'discarded'
}

/** The id under which these bytes are kept, in every store: 16 hexadecimal digits. */
export function deadLetterId(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}
