import { type Engine, messagesWaiting } from '@perennial/engine'
import { reachedPosition } from '@perennial/read-store'
import type { Command } from 'commander'
import { globalOptions, withEngine } from '../context.ts'
import { answer } from '../output/print.ts'
import { count, table } from '../output/table.ts'

export function statusCommand(program: Command): void {
  program
    .command('status')
    .description('how far each projector is, what is parked and what was refused')
    .action(async (_options: unknown, command: Command) => {
      await withEngine({ ...globalOptions(command), mustExist: true }, async ({ engine, json }) => {
        const status = await statusOf(engine)
        answer(json, status, () =>
          [
            `${count(status.events)} events of ${count(status.members)} members in ${engine.place}; ` +
              `${count(status.busLag)} on the bus not yet ingested; ${count(status.unsettled)} not yet settled; ${count(status.waiting)} ahead of the clock; ${count(status.deadLetters)} dead letters.`,
            table(
              ['projector', 'position', 'lag', 'members', 'parked', 'to announce', 'read model'],
              status.projectors.map(({ name, position, lag, members, parked, outbox, toRebuild }) => [
                name,
                position,
                lag,
                members,
                parked,
                outbox,
                toRebuild ? 'to be rebuilt' : 'current',
              ]),
            ),
          ].join('\n\n'),
        )
      })
    })
}

async function statusOf(engine: Engine) {
  const { eventStore, bus, intake, deadLetters, waitingRoom, settlementProgress, readStores } = engine
  const { events, members } = await eventStore.counts()
  const projectors = []
  for (const projector of engine.projectors) {
    const readStore = readStores.get(projector.name)
    if (!readStore) continue
    const readModel = await readStore.live(projector)
    const position = reachedPosition(await readModel.checkpoints())
    const counts = await readModel.counts()
    projectors.push({
      name: projector.name,
      position,
      lag: await eventStore.countAfter(position),
      ...counts,
      outbox: await readStore.outboxLag(),
      /** Another version of the projector filled it: nothing is read from it until that is done. */
      toRebuild: readModel.version !== projector.version,
    })
  }
  return {
    events,
    members,
    busLag: await messagesWaiting(bus, intake),
    unsettled: await eventStore.countAfter(await settlementProgress.position()),
    waiting: await waitingRoom.count(),
    deadLetters: await deadLetters.countOpen(),
    projectors,
  }
}
