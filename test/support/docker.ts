import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ContainerRuntimeClient } from 'testcontainers'

const compose = new URL('../../infra/compose.yaml', import.meta.url)
const answerMaxMs = 3_000
const pullMaxMs = 300_000
/** It removes what a run that is killed leaves behind; named here, so that what is looked for is what is started. */
const reaper = 'testcontainers/ryuk:0.14.0'

/**
 * With the tag that `infra/compose.yaml` names: what is tested is what is tried by hand.
 *
 * @throws Error where it names none
 */
export function imageOfCompose(repository: string): string {
  const lines = readFileSync(compose, 'utf8').split('\n')
  const line = lines.find((text) => text.trim().startsWith(`image: ${repository}:`))
  if (!line) throw new Error(`infra/compose.yaml names no image of ${repository}.`)
  return line.trim().slice('image: '.length)
}

/**
 * Whether Testcontainers can start this image: Docker answers, and has it. What is not there is fetched only where
 * PERENNIAL_DOCKER_PULL=1 allows it. Never throws.
 */
export async function imageToBeHad(image: string): Promise<boolean> {
  try {
    const client = await within(answerMaxMs, runtime())
    if (!(await isToBeHad(client, image))) return false
    process.env.RYUK_CONTAINER_IMAGE ??= reaper
    const isReaped = await isToBeHad(client, process.env.RYUK_CONTAINER_IMAGE)
    // Testcontainers would fetch it without asking, and start nothing where it cannot.
    if (!isReaped) process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'
    return true
  } catch {
    return false
  }
}

/** Loaded where it is needed only: it is large, and most tests have no use for Docker. */
async function runtime(): Promise<ContainerRuntimeClient> {
  const { getContainerRuntimeClient } = await import('testcontainers')
  return getContainerRuntimeClient()
}

async function isToBeHad({ image: images }: ContainerRuntimeClient, image: string): Promise<boolean> {
  const { ImageName } = await import('testcontainers')
  const name = ImageName.fromString(image)
  const isThere = () => within(answerMaxMs, images.exists(name))
  if (await isThere()) return true
  if (process.env.PERENNIAL_DOCKER_PULL !== '1') return false
  // That it has ended is all that a pull tells.
  await within(pullMaxMs, images.pull(name)).catch(() => {})
  return isThere()
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const ended = new AbortController()
  const tooLate = sleep(ms, undefined, { signal: ended.signal }).then(() => {
    throw new Error(`No answer within ${ms} ms`)
  })
  try {
    return await Promise.race([work, tooLate])
  } finally {
    tooLate.catch(() => {})
    ended.abort()
    work.catch(() => {})
  }
}
