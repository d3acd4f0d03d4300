import { expect, test } from '@jest/globals'
import { defaultProgramme, type RhythmData } from '@perennial/contracts'
import { appendModel, type EventStore, openSqliteEventStore, publishProgramme } from '@perennial/event-store'
import { loadProgrammes } from './programme-log.ts'

const measured: RhythmData = {
  asOf: '2025-01-01T00:00:00.000Z',
  members: 100,
  dataHash: '',
  repeatBuyers: 60,
  gapDays: { p10: 5, p25: 10, p50: 20, p75: 40, p90: 80 },
}

test('a version that is published while the rules are being read is not forgotten, though something is learnt behind it', async () => {
  const store = openSqliteEventStore(':memory:')
  await publishProgramme(store, defaultProgramme(), 0)
  // Somebody publishes, and somebody learns, between the two looks of one reader.
  let looks = 0
  const eventStore: EventStore = {
    ...store,
    async readCategory(category, options) {
      const found = await store.readCategory(category, options)
      if (++looks === 1) {
        await publishProgramme(store, { ...defaultProgramme(), version: 2, effectiveFrom: '2025-02-01' }, 1)
        await appendModel(store, 'RhythmMeasured', measured, 2)
      }
      return found
    },
  }
  await loadProgrammes(eventStore)
  const versions = await loadProgrammes(eventStore)
  expect(versions.all.map(({ programme }) => programme.version)).toEqual([1, 2])
  expect(versions.learnt.rhythm.inForce(Date.parse('2025-01-01'))?.gapDays).toBe(20)
  await store.close()
})

test('what is known at a position does not know what came after it', async () => {
  const store = openSqliteEventStore(':memory:')
  const { position } = await publishProgramme(store, defaultProgramme(), 0)
  await appendModel(store, 'RhythmMeasured', measured, 1)
  const early = await loadProgrammes(store, position)
  expect(early.learnt.rhythm.inForce(Number.MAX_SAFE_INTEGER)).toBeUndefined()
  expect((await loadProgrammes(store)).learnt.rhythm.inForce(Number.MAX_SAFE_INTEGER)?.gapDays).toBe(20)
  // Folds of one log share what they remember.
  expect(await loadProgrammes(store, position)).toBe(early)
  await store.close()
})
