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

/** Shows how far a piece of work is: a bar on a terminal, a line now and then elsewhere; on standard error. */
export function progress(label: string, total: number): Progress {
  const start = Date.now()
  let bar: SingleBar | undefined
  let lastLine = start
  let latest = 0
  const onTerminal = process.stderr.isTTY === true

  const shown: Progress = {
    update(done) {
      latest = Math.min(done, total)
      const now = Date.now()
      if (now - start < patienceMs) return
      if (onTerminal) {
        if (!bar) {
          bar = new SingleBar(
            {
              format: `  ${label.padEnd(12)} {bar} {percentage}%  {value}/{total}  {eta_formatted} left`,
              stream: process.stderr,
              hideCursor: false,
              clearOnComplete: true,
            },
            Presets.shades_classic,
          )
          bar.start(total, latest)
        }
        bar.update(latest)
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

/** Shows how far learning is: first the members looked at, then the models fitted. */
export function learningProgress(): {
  update(progress: { stage: 'looking' | 'fitting'; done: number; total: number }): void
  stop(): void
} {
  let stage = ''
  let shown: Progress | undefined
  return {
    update(progressed) {
      if (progressed.stage !== stage) {
        shown?.stop()
        stage = progressed.stage
        shown = progress(stage, progressed.total)
      }
      shown?.update(progressed.done)
    },
    stop() {
      shown?.stop()
    },
  }
}
