import { PerennialError } from '@perennial/contracts'

export interface PostgresOptions {
  /** The PostgreSQL schema that holds the tables: one for each data set, shared with nothing else. */
  schema?: string
  /** Connections that one process opens at the most, for all of its read stores together. */
  poolMax?: number
  /** How long a connection may take, to be made or to become free. */
  connectMsMax?: number
  /** How long one statement may take. */
  statementMsMax?: number
  /** How long work is tried again while the server is away. */
  retryMsMax?: number
  /** Notes whose rows change, for `changedRows`. The first commit of a store that was opened without it forgets them. */
  trackRows?: boolean
  /** Told of what was mended or can wait, for a log. */
  onTrouble?(trouble: Trouble): void
}

export interface Trouble {
  /** Work is tried again, a connection was lost while nobody used it, or old tables could not be dropped yet. */
  kind: 'retry' | 'idle-connection-lost' | 'tables-left'
  message: string
}

export const defaults = {
  schema: 'perennial',
  poolMax: 10,
  connectMsMax: 5_000,
  statementMsMax: 30_000,
  retryMsMax: 10_000,
  trackRows: false,
  onTrouble: () => {},
} satisfies Required<PostgresOptions>

/** @throws PerennialError `store-address` for a schema that PostgreSQL cannot name */
export function settingsOf(options: PostgresOptions): Required<PostgresOptions> {
  const settings = { ...defaults, ...options }
  // PostgreSQL cuts longer ones off, so that two data sets could end in one.
  if (Buffer.byteLength(settings.schema) > 63) {
    throw new PerennialError('store-address', { where: 'PostgreSQL', message: 'The name of a schema has at most 63 bytes.' })
  }
  return settings
}
