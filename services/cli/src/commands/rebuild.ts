import { PerennialError } from '@perennial/contracts'
import type { Command } from 'commander'
import { globalOptions, withEngine } from '../context.ts'
import { answer } from '../output/print.ts'
import { progress } from '../output/progress.ts'
import { Stopped } from '../output/report-error.ts'
import { count } from '../output/table.ts'

export function rebuildCommand(program: Command): void {
  program
    .command('rebuild')
    .description('fold read models again from the streams, beside the ones that serve, then swap them')
    .argument('[names...]', 'projectors; all of them without a name')
    .action(async (names: string[], _options: unknown, command: Command) => {
      await withEngine({ ...globalOptions(command), mustExist: true }, async ({ engine, json, signal }) => {
        const known = engine.projectors.map(({ name }) => name)
        const unknown = names.find((name) => !known.includes(name))
        if (unknown !== undefined)
          throw new PerennialError('usage', { message: `No projector "${unknown}"; there are ${known.join(', ')}.` })
        const { events } = await engine.eventStore.counts()
        const start = Date.now()
        const shown = progress('rebuild', events)
        const finished = await engine
          .rebuild({
            names,
            signal,
            onProgress: (more) => shown.add(more),
          })
          .finally(() => shown.stop())
        if (!finished) throw new Stopped()
        const rebuilt = names.length > 0 ? names : known
        const seconds = (Date.now() - start) / 1000
        answer(
          json,
          { rebuilt, events, seconds },
          () => `Rebuilt ${rebuilt.join(', ')} from ${count(events)} events in ${seconds.toFixed(1)} s.`,
        )
      })
    })
}
