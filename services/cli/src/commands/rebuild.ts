import { PerennialError } from '@perennial/contracts'
import type { Engine } from '@perennial/engine'
import { isSweeping } from '@perennial/projector'
import { type ReadStore, reachedPosition } from '@perennial/read-store'
import type { Command } from 'commander'
import { globalOptions, withEngine } from '../context.ts'
import { answer } from '../output/print.ts'
import { progress } from '../output/progress.ts'
import { Stopped } from '../output/report-error.ts'
import { count } from '../output/table.ts'
import { drainWithProgress } from '../publish-events.ts'

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
        // A rebuild goes as far as the tables that serve: those of a new projector have not begun, and those of one that
        // was stopped in the middle of a sweep are of two minds.
        if (await needsToCatchUp(engine, names)) await drainWithProgress(engine, signal)
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

async function needsToCatchUp({ eventStore, projectors, readStores }: Engine, names: readonly string[]): Promise<boolean> {
  if ((await eventStore.head()) === 0) return false
  for (const projector of projectors.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const live = await (readStores.get(projector.name) as ReadStore).live(projector)
    if (reachedPosition(await live.checkpoints()) === 0 || (await isSweeping(live, projector))) return true
  }
  return false
}
