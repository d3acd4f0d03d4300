import { expect, test } from '@jest/globals'
import { PerennialError } from '@perennial/contracts'
import { createLogger } from './logger.ts'
import { outlast, unlessStopped } from './outlast.ts'

const unavailable = () => new PerennialError('store-unavailable', { where: 'PostgreSQL' })

/** Work that fails with these errors, one after the other, and is done then. */
function failing(...errors: Error[]) {
  const said: string[] = []
  const logger = createLogger('silent')
  logger.warn = (_: unknown, message?: string) => void said.push(`warn: ${message}`)
  logger.info = (_: unknown, message?: string) => void said.push(`info: ${message}`)
  let tries = 0
  const work = async () => {
    const error = errors[tries++]
    if (error) throw error
    return 'done'
  }
  const stop = new AbortController()
  return { said, stop, tries: () => tries, outcome: outlast(work, { signal: stop.signal, logger }) }
}

test('work is done again until the server answers, which is said once at the beginning and once at the end', async () => {
  const { outcome, said } = failing(unavailable(), unavailable(), unavailable())
  expect(await outcome).toBe('done')
  expect(said).toEqual(['warn: a server does not answer; trying again', 'info: the server answers again'])
})

test('what goes well is not told', async () => {
  const { outcome, said } = failing()
  expect([await outcome, said]).toEqual(['done', []])
})

test('anything else is not waited for', async () => {
  const { outcome, tries } = failing(unavailable(), new PerennialError('store-refused', { where: 'PostgreSQL' }))
  await expect(outcome).rejects.toMatchObject({ code: 'store-refused' })
  expect(tries()).toBe(2)
})

test('nobody waits who was told to stop', async () => {
  const { outcome, stop, tries } = failing(unavailable(), unavailable(), unavailable(), unavailable(), unavailable(), unavailable())
  stop.abort()
  await expect(outcome).rejects.toMatchObject({ code: 'store-unavailable' })
  expect(tries()).toBe(1)
})

test('who was told to stop while a server was away has not failed; whatever else went wrong is told, and so is a server to who goes on', async () => {
  const stop = new AbortController()
  await expect(unlessStopped(stop.signal, () => Promise.reject(unavailable()))).rejects.toMatchObject({ code: 'store-unavailable' })
  stop.abort()
  await unlessStopped(stop.signal, () => Promise.reject(unavailable()))
  await expect(unlessStopped(stop.signal, () => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full')
})
