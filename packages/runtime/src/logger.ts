import { destination, type Logger, pino } from 'pino'

export type { Logger }

/** Logs JSON lines to standard error, so that standard output belongs to the command. */
export function createLogger(level = process.env.PERENNIAL_LOG ?? 'warn'): Logger {
  return pino({ level, base: null }, destination({ fd: 2, sync: true }))
}
