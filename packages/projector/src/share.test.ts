import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { PerennialError } from '@perennial/contracts'
import { GenerationRetired, openSqliteReadStore, type ReadModel, type ReadStore } from '@perennial/read-store'
import fc from 'fast-check'
import { quotaOf } from './quota.ts'
import { createShare, type Share } from './share.ts'
import { endSwap, intendSwap } from './swap-intent.ts'

const ttlMs = 6_000
const layout = { projector: 'tier', version: 1, filters: [] }
const realNow = Date.now
let time: number
let store: ReadStore
let model: ReadModel

beforeEach(async () => {
  time = 1_000_000
  // The store's clock.
  Date.now = () => time
  store = openSqliteReadStore(':memory:')
  model = await store.live(layout)
})
afterEach(async () => {
  Date.now = realNow
  await store.close()
})

const shareOf = (owner: string, readModel = model) => createShare({ readModel, owner, ttlMs, now: () => time })

/** A process whose loop has the time to look. */
async function live(share: Share): Promise<void> {
  await share.beat()
  if (share.isUnsettled()) await share.settle()
}

async function liveFor(ms: number, ...shares: Share[]): Promise<void> {
  for (const end = time + ms; time < end; time += ttlMs / 12) for (const share of shares) await live(share)
}

const counts = (...shares: Share[]) => shares.map((share) => share.lease().partitions.length)
const unavailable = () => Promise.reject(new PerennialError('store-unavailable'))

describe('processes that share the partitions', () => {
  test('the first one has all of them, and gives up half when a second one comes', async () => {
    const [a, b] = [shareOf('a'), shareOf('b')]
    await live(a)
    expect(counts(a)).toEqual([64])
    await live(b)
    expect(counts(a, b)).toEqual([64, 0])
    await live(a)
    await live(b)
    expect(counts(a, b)).toEqual([32, 32])
  })

  test('one that leaves is replaced at once, one that dies when its time is over', async () => {
    const [a, b, c] = [shareOf('a'), shareOf('b'), shareOf('c')]
    await liveFor(ttlMs, a, b, c)
    expect(counts(a, b, c)).toEqual([22, 21, 21])
    await c.leave()
    await live(a)
    await live(b)
    expect(counts(a, b)).toEqual([32, 32])
    await liveFor(ttlMs - 1_000, a)
    expect(counts(a)).toEqual([32])
    await liveFor(2_000, a)
    expect(counts(a)).toEqual([64])
  })

  test('whoever joins moves as few as possible: what the others keep, they keep', async () => {
    const [a, b, c] = [shareOf('a'), shareOf('b'), shareOf('c')]
    await liveFor(ttlMs, a, b)
    const before = [...a.lease().partitions, ...b.lease().partitions]
    await liveFor(ttlMs, a, b, c)
    const after = [...a.lease().partitions, ...b.lease().partitions]
    expect(after.filter((partition) => !before.includes(partition))).toEqual([])
  })

  test('nothing that was given back may be written any more, and what was kept may', async () => {
    const [a, b] = [shareOf('a'), shareOf('b')]
    await live(a)
    const all = a.lease()
    await b.beat()
    await live(a)
    const kept = a.lease()
    await expect(
      model.commit({ members: [], checkpoint: { partitions: all.partitions, position: 1 }, epoch: all.epoch }),
    ).rejects.toMatchObject({ code: 'partition-lost' })
    await model.commit({ members: [], checkpoint: { partitions: kept.partitions, position: 1 }, epoch: kept.epoch })
  })

  test('keeps what it has through a long piece of work, as long as it beats', async () => {
    const [a, b] = [shareOf('a'), shareOf('b')]
    await live(a)
    await live(b)
    for (let beat = 0; beat < 20; beat++) {
      time += ttlMs / 3
      // It is in the middle of a batch, and does not settle.
      await a.beat()
      await live(b)
    }
    expect(counts(a, b)).toEqual([64, 0])
    expect(a.isUnsettled()).toBe(true)
    expect(a.unsettled().aborted).toBe(true)
  })

  test('counts its partitions as lost when the store did not answer for as long as others wait', async () => {
    let away = false
    const a = shareOf('a', { ...model, enlist: (...args) => (away ? unavailable() : model.enlist(...args)) })
    await live(a)
    away = true
    time += ttlMs - 1
    await a.beat()
    expect(a.isUnsettled()).toBe(false)
    time += 1
    expect(a.isUnsettled()).toBe(true)
    await a.beat()
    expect(counts(a)).toEqual([0])
    await expect(a.settle()).rejects.toMatchObject({ code: 'store-unavailable' })
    away = false
    await live(a)
    expect(counts(a)).toEqual([64])
  })

  test('finds out that others have taken over while it was away', async () => {
    const [a, b] = [shareOf('a'), shareOf('b')]
    await live(a)
    time += ttlMs
    await live(b)
    expect(counts(b)).toEqual([64])
    expect(a.isUnsettled()).toBe(true)
    await live(a)
    expect(counts(a)).toEqual([0])
    await liveFor(ttlMs, a, b)
    expect(counts(a, b)).toEqual([32, 32])
  })

  test('takes its own again where the answer to a claim was lost, and gives back what is too much by then', async () => {
    const a = shareOf('a', {
      ...model,
      async claim(request) {
        await model.claim(request)
        return unavailable()
      },
    })
    await a.beat()
    await expect(a.settle()).rejects.toMatchObject({ code: 'store-unavailable' })
    expect(counts(a)).toEqual([0])
    const again = shareOf('a')
    await model.enlist('b', ttlMs)
    await live(again)
    expect(counts(again)).toEqual([32])
    expect(await model.leases()).toHaveLength(32)
  })

  test('stands still while a rebuild wants to swap, and goes on when it has', async () => {
    const a = shareOf('a')
    await live(a)
    await intendSwap(model)
    await live(a)
    expect([a.isPaused(), counts(a)]).toEqual([true, [64]])
    await endSwap(model)
    await live(a)
    expect([a.isPaused(), counts(a)]).toEqual([false, [64]])
  })

  test('learns at its next step that a rebuild has replaced the tables', async () => {
    const a = shareOf('a')
    await live(a)
    await store.building({ ...layout, version: 2 })
    expect(await store.swap()).toBe(true)
    await a.beat()
    await expect(a.settle()).rejects.toThrow(GenerationRetired)
    await a.leave()
  })
})

test('whoever joins, leaves, dies or is silent for a while: nobody takes from the living, and in the end each has its share', async () => {
  const step = fc.record({
    kind: fc.constantFrom('join', 'leave', 'die', 'beat', 'settle', 'live', 'live', 'live', 'pass'),
    who: fc.nat({ max: 9 }),
    ms: fc.nat({ max: ttlMs }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const fresh = openSqliteReadStore(':memory:')
      try {
        const model = await fresh.live(layout)
        /** Who holds what, as far as its time is not over. */
        const holders = async () => new Map((await model.leases()).flatMap((each) => (!each.over ? [[each.partition, each.owner]] : [])))
        let shares: { name: string; share: Share }[] = []
        const one = (who: number) => shares[who % Math.max(shares.length, 1)]
        for (const [index, { kind, who, ms }] of steps.entries()) {
          const before = await holders()
          const actor = one(who)
          if (kind === 'join' && shares.length < 8) shares.push({ name: `o${index}`, share: shareOf(`o${index}`, model) })
          else if (kind === 'leave') await actor?.share.leave()
          else if (kind === 'beat') await actor?.share.beat()
          else if (kind === 'settle') await actor?.share.settle()
          else if (kind === 'live') await (actor && live(actor.share))
          else if (kind === 'pass') time += ms
          if (kind === 'leave' || kind === 'die') shares = shares.filter((each) => each !== actor)
          const after = await holders()
          for (const [partition, owner] of after) {
            if (owner !== actor?.name || kind === 'pass') continue
            expect([undefined, owner]).toContain(before.get(partition))
          }
        }
        if (shares.length === 0) shares.push({ name: 'last', share: shareOf('last', model) })
        await liveFor(3 * ttlMs, ...shares.map(({ share }) => share))
        const names = shares.map(({ name }) => name).toSorted()
        for (const { name, share } of shares) expect(share.lease().partitions).toHaveLength(quotaOf(names, name).count)
        const held = shares.flatMap(({ share }) => share.lease().partitions)
        expect(held.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, partition) => partition))
      } finally {
        await fresh.close()
      }
    }),
    { numRuns: 60 },
  )
})
