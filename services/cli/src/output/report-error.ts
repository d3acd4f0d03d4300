import { type Fault, PerennialError } from '@perennial/contracts'
import pc from 'picocolors'

/** Ctrl-C in the middle of something that can be done again: it goes on where it was, or starts anew. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

const faultsShown = 20

/** Tells what went wrong, where, and what to do next; answers the exit status. */
export function reportError(error: unknown, json: boolean): number {
  if (error instanceof Stopped) {
    console.error('Stopped. Nothing is lost; the same command can be run again.')
    return 130
  }
  if (error instanceof PerennialError) {
    const { code, message, where, faults, next } = error
    if (json) console.error(JSON.stringify({ error: { code, message, where, faults, next } }))
    else console.error([`${pc.red('error')} [${code}]: ${message}`, ...details(where, unsaid(message, faults)), `  ${next}`].join('\n'))
    return code === 'usage' ? 2 : 1
  }
  const found = fileError(error)
  if (found) return reportError(found, json)
  // Anything else is a mistake of ours, so here a stack trace helps.
  console.error(`${pc.red('error')} [internal]: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  console.error('  This should not happen. Please report it with the lines above.')
  return 70
}

/** Faults that the message does not already tell: one fault is often the whole message. */
function unsaid(message: string, faults: readonly Fault[]): Fault[] {
  return faults.filter((fault) => !message.includes(fault.message))
}

function details(where: string | undefined, faults: readonly Fault[]): string[] {
  const lines = where && faults.every(({ line }) => line === undefined) ? [`  in ${where}`] : []
  for (const { field, message, line } of faults.slice(0, faultsShown)) {
    const place = line === undefined ? '' : `${where}:${line}: `
    lines.push(`  ${place}${field ? `${field}: ` : ''}${message}`)
  }
  if (faults.length > faultsShown) lines.push(`  … and ${faults.length - faultsShown} more`)
  return lines
}

/** What the operating system says about files, in our words. */
function fileError(error: unknown): PerennialError | undefined {
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException
  const reasons: Record<string, string> = {
    ENOENT: 'It does not exist.',
    EACCES: 'Permission denied.',
    EROFS: 'The file system is read-only.',
    EEXIST: 'A file of that name is in the way.',
    EISDIR: 'It is a directory.',
    ENOTDIR: 'A part of the path is a file.',
  }
  const message = code === undefined ? undefined : reasons[code]
  if (code === 'ENOSPC') return new PerennialError('disk-full', { cause: error })
  return message === undefined ? undefined : new PerennialError('file-not-readable', { where: path ?? '', message, cause: error })
}
