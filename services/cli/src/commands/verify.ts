import { PerennialError } from '@perennial/contracts'
import { refuseOtherVersion, type Verification, verify } from '@perennial/projector'
import type { ReadStore } from '@perennial/read-store'
import type { Command } from 'commander'
import { globalOptions, withEngine } from '../context.ts'
import { answer } from '../output/print.ts'
import { progress } from '../output/progress.ts'
import { count, table } from '../output/table.ts'

const shownMax = 20

export function verifyCommand(program: Command): void {
  program
    .command('verify')
    .description('fold every member again from its stream and compare with the read models')
    .action(async (_options: unknown, command: Command) => {
      await withEngine({ ...globalOptions(command), mustExist: true }, async ({ engine, json, signal }) => {
        // Before the first one is folded, which may take long.
        for (const projector of engine.projectors)
          refuseOtherVersion(projector, await (engine.readStores.get(projector.name) as ReadStore).live(projector))
        const { members } = await engine.eventStore.counts()
        const shown = progress('verify', members * engine.projectors.length)
        const results: Verification[] = []
        try {
          for (const projector of engine.projectors) {
            const readModel = await (engine.readStores.get(projector.name) as ReadStore).live(projector)
            results.push(
              await verify({
                projector,
                readModel,
                eventStore: engine.eventStore,
                clock: engine.clock,
                onProgress(more) {
                  shown.add(more)
                  if (signal.aborted) throw signal.reason
                },
              }),
            )
          }
        } finally {
          shown.stop()
        }
        answer(json, results, () => describe(results))
        const differing = results.filter(({ differences }) => differences.length > 0).map(({ projector }) => projector)
        if (differing.length > 0) throw new PerennialError('differences-found', { where: differing.join(', ') })
      })
    })
}

function describe(results: readonly Verification[]): string {
  const lines = [
    table(
      ['projector', 'members', 'parked', 'differences'],
      results.map(({ projector, members, parked, differences }) => [projector, members, parked, differences.length]),
    ),
  ]
  const all = results.flatMap(({ projector, differences }) => differences.map((difference) => ({ projector, ...difference })))
  for (const { projector, memberId, field, stored, recomputed } of all.slice(0, shownMax)) {
    lines.push(`${projector}, member ${memberId}, ${field}: stored ${JSON.stringify(stored)}, recomputed ${JSON.stringify(recomputed)}`)
  }
  if (all.length > shownMax) lines.push(`… and ${count(all.length - shownMax)} more; --json shows them all.`)
  const parked = results.reduce((sum, result) => sum + result.parked, 0)
  lines.push(all.length === 0 ? 'Every read model says what the streams say.' : `${count(all.length)} differences.`)
  if (parked > 0) lines.push(`Left out: ${count(parked)} parked; perennial parked list shows them.`)
  return lines.join('\n')
}
