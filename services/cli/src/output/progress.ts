import { Presets, SingleBar } from 'cli-progress'
import { count } from './table.ts'

export interface Progress {
  /** Units done so far. */
  update(done: number): void
  /** Units done since the last time. */
  add(more: number): void
  stop(): void
}

/** Work shorter than this needs no progress. */
const patienceMs = 2_000
const lineEveryMs = 5_000

/**
 * Shows how far a piece of work is: a bar on a terminal, a line now and then elsewhere; on standard error.
 *
 * @param waitingSince when the person began to wait, milliseconds: earlier than now where this is a later stage
 */
export function progress(label: string, total: number, waitingSince = Date.now()): Progress {
  const start = Date.now()
  let bar: SingleBar | undefined
  let lastLine = waitingSince
  let latest = 0
  const onTerminal = process.stderr.isTTY === true

  const shown: Progress = {
    update(done) {
      latest = Math.min(done, total)
      const now = Date.now()
      if (now - waitingSince < patienceMs) return
      if (onTerminal) {
        if (!bar) {
          bar = new SingleBar(
            {
              format: `  ${label.padEnd(12)} {bar} {percentage}%  {value}/{total}  {left} left`,
              stream: process.stderr,
              hideCursor: false,
              clearOnComplete: true,
            },
            Presets.shades_classic,
          )
          bar.start(total, latest, { left: '?' })
        }
        // Its own guess would count from when the bar appeared, although the work began before.
        bar.update(latest, { left: timeLeft(now - start, latest, total) })
      } else if (now - lastLine >= lineEveryMs) {
        lastLine = now
        console.error(`  ${label}: ${count(latest)} of ${count(total)}`)
      }
    },
    add(more) {
      shown.update(latest + more)
    },
    stop() {
      bar?.stop()
    },
  }
  return shown
}

/** As long for each unit to come as for those that are done. */
export function timeLeft(elapsedMs: number, done: number, total: number): string {
  if (done === 0) return '?'
  const seconds = Math.ceil((elapsedMs * (total - done)) / done / 1000)
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${seconds % 60}s`
  return `${Math.floor(seconds / 3600)}h${Math.floor((seconds % 3600) / 60)}m`
}

/** Shows how far learning is: first the members looked at, then the models fitted. */
export function learningProgress(): {
  update(progress: { stage: 'looking' | 'fitting'; done: number; total: number }): void
  stop(): void
} {
  const waitingSince = Date.now()
  let stage = ''
  let shown: Progress | undefined
  return {
    update(progressed) {
      if (progressed.stage !== stage) {
        shown?.stop()
        stage = progressed.stage
        shown = progress(stage, progressed.total, waitingSince)
      }
      shown?.update(progressed.done)
    },
    stop() {
      shown?.stop()
    },
  }
}
