import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Merge, SettlementProgress } from './settlement-progress.ts'
import { openSqliteSettlementProgress } from './sqlite-settlement-progress.ts'

let directory: string
let progress: SettlementProgress
const open = () => openSqliteSettlementProgress(join(directory, 'settlement.db'))
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'perennial-settle-'))
  progress = open()
})
afterEach(async () => {
  await progress.close()
  rmSync(directory, { recursive: true })
})

const bob: Merge = { merge: 'm1', from: 'bob', into: 'ann', at: 1_000 }
const cem: Merge = { merge: 'm 2/ç', from: 'çem 🫖', into: 'ann', at: 2_000 }

describe('the progress of settlement', () => {
  test('begins at the beginning, with nobody merged', async () => {
    expect(await progress.position()).toBe(0)
    expect(await progress.merges()).toEqual(new Map())
  })

  test('is there when it is opened again', async () => {
    await progress.save({ position: 7, begun: [bob, cem] })
    await progress.close()
    progress = open()
    expect(await progress.position()).toBe(7)
    expect(await progress.merges()).toEqual(new Map([bob, cem].map((merge) => [merge.from, merge])))
  })

  test('forgets merges that ended, and knows one that was made anew', async () => {
    await progress.save({ position: 7, begun: [bob, cem] })
    await progress.save({ position: 8, ended: ['bob', 'nobody'] })
    expect([...(await progress.merges()).keys()]).toEqual([cem.from])
    await progress.save({ position: 9, begun: [{ ...cem, merge: 'm3', into: 'dan' }] })
    expect(await progress.merges()).toEqual(new Map([[cem.from, { ...cem, merge: 'm3', into: 'dan' }]]))
  })

  test('moves as a whole or not at all', async () => {
    await expect(progress.save({ position: 7, begun: [bob, { ...cem, into: undefined as never }] })).rejects.toThrow()
    expect(await progress.position()).toBe(0)
    expect((await progress.merges()).size).toBe(0)
  })
})
