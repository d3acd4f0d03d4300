import { formatInstant } from '@perennial/domain'
import type { Engine } from '@perennial/engine'
import type { ParkedMember, ReadModel, ReadStore } from '@perennial/read-store'
import type { Command } from 'commander'
import { globalOptions, withEngine } from '../context.ts'
import { answer } from '../output/print.ts'
import { count, table } from '../output/table.ts'
import { drainWithProgress } from '../publish-events.ts'

export function parkedCommand(program: Command): void {
  const parked = program.command('parked').description('members whose event could not be folded, and trying them again')

  parked
    .command('list')
    .description('parked members, per projector')
    .action(async (_options: unknown, command: Command) => {
      await withEngine({ ...globalOptions(command), mustExist: true }, async ({ engine, json }) => {
        const all = await listParked(engine)
        answer(json, all, () =>
          all.length === 0
            ? 'Nobody is parked.'
            : table(
                ['projector', 'member', 'event', 'position', 'since (UTC)', 'why'],
                all.map(({ projector, memberId, eventId, position, parkedAt, reason }) => [
                  projector,
                  memberId,
                  eventId,
                  position,
                  formatInstant(parkedAt).slice(0, 19),
                  reason,
                ]),
              ),
        )
      })
    })

  parked
    .command('retry')
    .description('fold parked members again, once the cause is mended')
    .argument('[id]', 'member id; all parked members without one')
    .action(async (memberId: string | undefined, _options: unknown, command: Command) => {
      await withEngine({ ...globalOptions(command), mustExist: true }, async ({ engine, json, signal }) => {
        let requested = 0
        for (const { readModel } of await readModelsOf(engine)) requested += await readModel.requestRetry(memberId)
        await drainWithProgress(engine, signal)
        const left = await listParked(engine)
        answer(json, { requested, left }, () => `${count(requested)} tried again, ${count(left.length)} still parked.`)
      })
    })
}

async function readModelsOf(engine: Engine): Promise<{ projector: string; readModel: ReadModel }[]> {
  return Promise.all(
    engine.projectors.map(async (projector) => ({
      projector: projector.name,
      readModel: await (engine.readStores.get(projector.name) as ReadStore).live(projector),
    })),
  )
}

async function listParked(engine: Engine): Promise<(ParkedMember & { projector: string })[]> {
  const lists = await Promise.all(
    (await readModelsOf(engine)).map(async ({ projector, readModel }) =>
      (await readModel.parked()).map((member) => ({ projector, ...member })),
    ),
  )
  return lists.flat()
}
