import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { partitionOf } from '@perennial/contracts'
import type { ReadModel } from '@perennial/read-store'
import { idle } from '@perennial/runtime'
import { loadProgrammes } from './programme-log.ts'
import { endSwap, intendSwap } from './swap-intent.ts'
import { allPartitions, type SweepOptions, sweep } from './sweep.ts'
import { bought, openTestLog, programme, type TestLog, tierTeller } from './testing/log.ts'

const members = ['ann', 'bob', 'cem', 'dan', 'eva']
const partitions = Object.fromEntries(members.map((member) => [member, partitionOf(member)])) as Record<string, number>
let log: TestLog
let model: ReadModel
let upTo: number

beforeEach(async () => {
  log = openTestLog('2025-06-30')
  await log.publish(programme)
  await log.append(...members.map((member) => bought(member, '2025-01-02', 'o1', 100)))
  model = await log.readModel(tierTeller)
  upTo = await log.eventStore.head()
})
afterEach(() => log.close())

async function sweepAll(more: Partial<SweepOptions> = {}): Promise<void> {
  await sweep({
    eventStore: log.eventStore,
    targets: [{ projector: tierTeller, readModel: model }],
    versions: await loadProgrammes(log.eventStore),
    upTo,
    now: Date.parse('2025-06-30T12:00:00Z'),
    announce: true,
    ...more,
  })
}

const written = async () => [...(await model.load(members)).keys()].toSorted()
const checkpointOf = async (member: string) => (await model.checkpoints())[partitions[member] as number]

test('members of this test are in partitions of their own', () => {
  expect(new Set(Object.values(partitions)).size).toBe(members.length)
})

test('goes on behind the mark that stands first, where its partitions have different ones', async () => {
  await model.commit({ members: [], sweep: { partitions: allPartitions, mark: { upTo, after: 'cem' } } })
  await model.commit({ members: [], sweep: { partitions: [partitions.dan as number], mark: { upTo, after: 'bob' } } })
  await sweepAll()
  expect(await written()).toEqual(['cem', 'dan', 'eva'])
  expect((await model.checkpoints()).every(({ position, sweep }) => position === upTo && sweep === null)).toBe(true)
})

test('begins anew where one of them has none, or one for another position', async () => {
  await model.commit({ members: [], sweep: { partitions: allPartitions, mark: { upTo, after: 'cem' } } })
  await model.commit({ members: [], sweep: { partitions: [3], mark: { upTo: upTo - 1, after: 'cem' } } })
  await sweepAll()
  expect(await written()).toEqual(members)
})

test('leaves a mark where it is cut off, in its own partitions only, and moves none of them before it is through', async () => {
  const stop = new AbortController()
  const own = [partitions.ann as number, partitions.dan as number]
  const paged = {
    ...log.eventStore,
    async *readHistories(options: Parameters<typeof log.eventStore.readHistories>[0]) {
      for await (const page of log.eventStore.readHistories(options)) for (const each of page) yield [each]
    },
  }
  await sweepAll({ eventStore: paged, partitions: own, signal: stop.signal, failPoint: () => stop.abort() })
  expect(await written()).toEqual(['ann'])
  expect(await checkpointOf('dan')).toMatchObject({ position: 0, sweep: { upTo, after: 'ann' } })
  expect(await checkpointOf('bob')).toMatchObject({ position: 0, sweep: null })
  await sweepAll({ partitions: own })
  expect(await written()).toEqual(['ann', 'dan'])
  expect(await checkpointOf('dan')).toMatchObject({ position: upTo, sweep: null })
})

test('leaves partitions alone that stand further on, and moves no clock back', async () => {
  const later = Date.parse('2025-07-01T12:00:00Z')
  await model.commit({ members: [], checkpoint: { partitions: [partitions.ann as number], position: upTo + 5 } })
  await model.commit({ members: [], checkpoint: { partitions: [partitions.bob as number], clock: later } })
  await sweepAll()
  expect(await written()).toEqual(members.slice(1))
  expect(await checkpointOf('ann')).toMatchObject({ position: upTo + 5 })
  expect(await checkpointOf('bob')).toMatchObject({ position: upTo, clock: later })
})

test('waits for a rebuild that is about to swap before it announces anybody, and says that it wants to begin', async () => {
  await intendSwap(model)
  const swept = sweepAll()
  await idle(150)
  expect(await written()).toEqual([])
  expect(await checkpointOf('ann')).toMatchObject({ sweep: { upTo, after: '' } })
  await endSwap(model)
  await swept
  expect(await written()).toEqual(members)
})
