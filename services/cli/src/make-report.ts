import { writeFileSync } from 'node:fs'
import type { Engine } from '@perennial/engine'
import type { Shop } from '@perennial/reports'
import { yieldTurn } from '@perennial/runtime'
import type { Command } from 'commander'
import { globalOptions, withEngine } from './context.ts'
import { answer } from './output/print.ts'
import { progress } from './output/progress.ts'

/** A report on the whole shop, as a command makes it. */
export interface ReportCommand<Report> {
  make(engine: Engine, shop: Shop): Promise<Report>
  draw(report: Report): Promise<string>
  describe(report: Report): string
}

export const svgOption = ['--svg <file>', 'write it as a picture, too'] as const

/** Makes a report in one pass over all members, answers it, and draws it where `--svg` asks for that. */
export async function answerReport<Report>(command: Command, { make, draw, describe }: ReportCommand<Report>): Promise<void> {
  const { svg } = command.opts<{ svg?: string }>()
  await withEngine({ ...globalOptions(command), mustExist: true }, async ({ engine, json, signal }) => {
    const { members } = await engine.eventStore.counts()
    const shown = progress(command.name(), members)
    let report: Report
    try {
      report = await make(engine, {
        eventStore: engine.eventStore,
        async betweenPages(more) {
          shown.add(more)
          await yieldTurn()
          signal.throwIfAborted()
        },
      })
    } finally {
      shown.stop()
    }
    // Before the answer: what cannot be written is an error, and then there is no answer.
    if (svg !== undefined) writeFileSync(svg, await draw(report))
    answer(json, report, () => [describe(report), ...(svg === undefined ? [] : [`Drawn in ${svg}.`])].join('\n\n'))
  })
}
