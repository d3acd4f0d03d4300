import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { memberStream } from '@perennial/event-store'
import { verify } from '@perennial/projector'
import { announced, stories } from '../support/announcements.ts'
import { openTestEngine, publishProgrammes, withEngine } from '../support/engine.ts'
import { propertyTimeoutMs, seed } from '../support/property.ts'
import { giftOf, killNow, outcomeOf, programme, sentByShop } from './scenario.ts'

const worker = fileURLToPath(new URL('./kill-worker.ts', import.meta.url))
const kills = 8

/** Lets the worker publish from a batch on, and kills it after a while; answers the batch to go on from. */
async function runAndKill(dataDirectory: string, first: number, afterBatches: number, thenMs: number): Promise<number> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', worker, dataDirectory, String(seed), String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  let next = first
  for await (const line of createInterface({ input: child.stdout })) {
    next = Number(line) + 1
    if (next === first + afterBatches) setTimeout(() => child.kill('SIGKILL'), thenMs)
  }
  const [code, signal] = (await exited) as [number | null, string | null]
  if (signal !== 'SIGKILL') throw new Error(`the worker ended by itself, with status ${code}`)
  return next
}

describe(`an engine that is killed (seed ${seed})`, () => {
  test(
    'keeps everything that was acknowledged, and ends like one that was never killed',
    async () => {
      const batches = sentByShop(seed)
      const calm = await withEngine({ now: killNow }, async (engine) => {
        await publishProgrammes(engine, [programme])
        for (const [index, batch] of batches.entries()) {
          await engine.publish(batch)
          await giftOf(engine, index)
        }
        await engine.drain()
        return outcomeOf(engine)
      })

      const dataDirectory = mkdtempSync(join(tmpdir(), 'perennial-kill-'))
      try {
        let next = 0
        let random = seed
        const dice = (max: number) => (random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff) % max
        for (let kill = 0; kill < kills; kill++) next = await runAndKill(dataDirectory, next, 1 + dice(30), dice(60))
        expect(next).toBeGreaterThan(kills - 1)

        const engine = openTestEngine({ now: killNow, dataDirectory })
        try {
          await engine.drain()
          for (const { subject, source, id } of batches.slice(0, next).flat()) {
            const stream = await engine.eventStore.readStream(memberStream(subject))
            expect(stream.some((event) => event.source === source && event.id === id)).toBe(true)
          }
          for (const [index, batch] of batches.entries()) {
            if (index < next) continue
            await engine.publish(batch)
            await giftOf(engine, index)
          }
          await engine.drain()
          const all = await engine.eventStore.readAll({ after: 0, limit: 100_000 })
          for (const type of ['PointsTransferredOut', 'PointsTransferredIn']) {
            expect(all.filter((event) => event.type === type)).toHaveLength(batches.length)
          }

          const outcome = await outcomeOf(engine)
          expect(JSON.stringify(outcome.rows)).toBe(JSON.stringify(calm.rows))
          expect(outcome.stored).toEqual(calm.stored)
          expect(outcome.deadLetters).toEqual([])
          const told = await announced(engine)
          expect(new Set(told.map(({ id }) => id)).size).toBe(told.length)
          const ended = stories(told)
          expect(JSON.stringify(ended)).not.toContain('BROKEN')
          for (const [who, story] of Object.entries(stories(calm.announced))) {
            if (!who.includes('expiring')) expect({ who, ends: ended[who]?.at(-1) }).toEqual({ who, ends: story.at(-1) })
          }
          for (const projector of engine.projectors) {
            const { differences } = await verify({ ...engine, projector, readModel: await engine.readModel(projector.name) })
            expect(differences).toEqual([])
          }
        } finally {
          await engine.close()
        }
      } finally {
        rmSync(dataDirectory, { recursive: true, force: true })
      }
    },
    propertyTimeoutMs,
  )
})
