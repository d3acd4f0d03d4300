import { describe, expect, test } from '@jest/globals'
import { defaultProgramme, PerennialError } from '@perennial/contracts'
import { openSqliteEventStore, publishProgramme } from '@perennial/event-store'
import { createLogger } from '@perennial/runtime'
import { createLogGuard, isSameLog } from './same-log.ts'

/** What is kept in one schema, for as long as this is. */
function openMemory() {
  let remembered: string | undefined
  return {
    async remember(identity: string | undefined) {
      remembered ??= identity
      return remembered
    },
  }
}

async function openLog(now?: number) {
  const eventStore = openSqliteEventStore(':memory:')
  if (now !== undefined) await publishProgramme(eventStore, defaultProgramme(), now)
  return eventStore
}

const changed = expect.objectContaining({ code: 'log-changed' })

describe('whoever shares a store with others', () => {
  test('goes on with the log that it was begun with', async () => {
    const logMemory = openMemory()
    const eventStore = await openLog(1)
    expect(await isSameLog({ eventStore, logMemory })).toBe(true)
    expect(await isSameLog({ eventStore, logMemory })).toBe(true)
  })

  test('and with no other, be it empty or not', async () => {
    const logMemory = openMemory()
    await isSameLog({ eventStore: await openLog(1), logMemory })
    await expect(isSameLog({ eventStore: await openLog(2), logMemory })).rejects.toEqual(changed)
    await expect(isSameLog({ eventStore: await openLog(), logMemory })).rejects.toEqual(changed)
  })

  test('cannot tell logs apart before there is an event', async () => {
    const logMemory = openMemory()
    expect(await isSameLog({ eventStore: await openLog(), logMemory })).toBe(false)
    expect(await isSameLog({ eventStore: await openLog(1), logMemory })).toBe(true)
  })

  test('takes no log for another one because it got its first event from somebody else just now', async () => {
    const logMemory = openMemory()
    const log = await openLog()
    const eventStore: typeof log = {
      ...log,
      async readAll(options) {
        const found = await log.readAll(options)
        // Others begin the log and remember it, between what this one reads and what it asks next.
        await publishProgramme(log, defaultProgramme(), 1).catch(() => {})
        await isSameLog({ eventStore: log, logMemory })
        return found
      },
    }
    expect(await isSameLog({ eventStore, logMemory })).toBe(false)
    expect(await isSameLog({ eventStore, logMemory })).toBe(true)
  })

  test('is told beside the work when a server was away at the start', async () => {
    const logMemory = openMemory()
    await isSameLog({ eventStore: await openLog(1), logMemory })
    let asked = 0
    const other = await openLog(2)
    const eventStore: typeof other = {
      ...other,
      async readAll(options) {
        if (asked++ < 2) throw new PerennialError('store-unavailable')
        return other.readAll(options)
      },
    }
    const guard = createLogGuard({ eventStore, logMemory }, createLogger('silent'))
    await expect(guard.run(new AbortController().signal)).rejects.toEqual(changed)
    expect(asked).toBe(3)
  })
})

test('an engine that keeps everything in one place has nothing to compare', async () => {
  expect(await isSameLog({ eventStore: await openLog() })).toBe(true)
})
