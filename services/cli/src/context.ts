import { type ResolvedConfiguration, resolveConfiguration } from '@perennial/configuration'
import { type Configuration, PerennialError } from '@perennial/contracts'
import { type ApiOptions, type Engine, type OperationsOptions, openConfiguredEngine } from '@perennial/engine'
import { createLogger, fixedClock, systemClock } from '@perennial/runtime'
import type { Command } from 'commander'
import { addressChecks } from './address-checks.ts'
import { Stopped } from './output/report-error.ts'

export interface GlobalOptions {
  config?: string
  data?: string
  now?: string
  json?: boolean
}

/** What every command gets: the engine, what it was configured with, whether to answer in JSON, and a signal that Ctrl-C aborts. */
export interface Context {
  engine: Engine
  configuration: Configuration
  json: boolean
  signal: AbortSignal
}

export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>()
}

/**
 * What is configured: by options, environment, file and defaults, in this order.
 * @throws PerennialError `invalid-configuration`
 */
export function configurationOf({ config, data }: GlobalOptions): Promise<ResolvedConfiguration> {
  return resolveConfiguration({
    ...(config !== undefined && { file: config }),
    environment: process.env,
    flags: { data },
    checks: addressChecks,
  })
}

/** Reads `2011-12-10` (UTC midnight) or an RFC 3339 instant, in milliseconds. */
export function parseInstant(text: string, option: string): number {
  const full = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text
  const valid = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(full)
  const instant = valid && isDay(full.slice(0, 10)) ? Date.parse(full) : Number.NaN
  if (Number.isNaN(instant)) {
    throw new PerennialError('usage', {
      where: option,
      message: `Expected a date or an instant such as 2025-06-30T12:00:00Z, got "${text}".`,
    })
  }
  return instant
}

/** Date.parse takes 30 February for 2 March. */
function isDay(text: string): boolean {
  const instant = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text)
}

/** Reads a whole number from 1. */
export function wholeNumber(option: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new PerennialError('usage', { where: option, message: `Expected a whole number from 1, got "${text}".` })
  }
  return number
}

type EngineNeeds = GlobalOptions & { mustExist?: boolean; defaultNow?: string; api?: ApiOptions }

/** The one place where a command's engine is opened. */
function openEngineFor(configuration: Configuration, options: EngineNeeds): Promise<Engine> {
  const now = options.now ?? options.defaultNow
  return openConfiguredEngine(configuration, {
    clock: now === undefined ? systemClock : fixedClock(parseInstant(now, '--now')),
    mustExist: options.mustExist ?? false,
    // Services warn in their log; other commands tell a person in their answer what was refused.
    logger: createLogger(configuration.log ?? (options.api ? 'warn' : 'error')),
    ...(options.api && { api: { ...options.api, maxLag: configuration.ready.maxLag } }),
    ...(options.api && configuration.operations && { operations: operationsOf(configuration, configuration.operations) }),
  })
}

function operationsOf({ ready }: Configuration, { host, port }: { host: string; port: number }): OperationsOptions {
  return { host, port, maxLag: ready.maxLag, onListening: ({ url }) => console.error(`Health and metrics are on ${url}.`) }
}

/**
 * Runs a command over an open engine and closes it, whatever happens. Ctrl-C asks the work to stop where it can go on
 * later; a second Ctrl-C ends the process at once, which loses nothing either.
 */
export async function withEngine(options: EngineNeeds, work: (context: Context) => Promise<void>): Promise<void> {
  const { configuration } = await configurationOf(options)
  const engine = await openEngineFor(configuration, options)
  const stop = new AbortController()
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort(new Stopped())
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    await work({ engine, configuration, json: options.json === true, signal: stop.signal })
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
    await engine.close()
  }
}
