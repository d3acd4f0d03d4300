import { expect, test } from '@jest/globals'
import { createApi } from './api.ts'
import { openTestApi, purchase } from './testing/open-api.ts'

/** Runs the service on a free port, until `stop`. */
async function serve(api: ReturnType<typeof openTestApi>) {
  const stopped = new AbortController()
  const { promise, resolve } = Promise.withResolvers<{ port: number; url: string }>()
  const running = createApi(api.engine, { port: 0, onListening: resolve }).run(stopped.signal)
  const address = await promise
  return {
    ...address,
    async stop() {
      stopped.abort()
      await running
    },
  }
}

test('the service listens at the address that it tells, until it is told to stop', async () => {
  const api = openTestApi()
  const { url, port, stop } = await serve(api)
  expect(port).toBeGreaterThan(0)
  expect(url).toBe(`http://127.0.0.1:${port}`)
  expect(await (await fetch(`${url}/health/live`)).json()).toEqual({ status: 'live' })
  await stop()
  await expect(fetch(`${url}/health/live`)).rejects.toThrow()
  await api.close()
})

test('a request that is under way when the service stops is still answered', async () => {
  const api = openTestApi()
  const { url, stop } = await serve(api)
  const { promise: sent, resolve: send } = Promise.withResolvers<void>()
  const body = new ReadableStream({
    async pull(controller) {
      const text = JSON.stringify(purchase('m-1'))
      controller.enqueue(new TextEncoder().encode(text.slice(0, 10)))
      await sent
      controller.enqueue(new TextEncoder().encode(text.slice(10)))
      controller.close()
    },
  })
  const headers = { 'content-type': 'application/cloudevents+json' }
  const answering = fetch(`${url}/v1/events`, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
  await new Promise((resolve) => setTimeout(resolve, 100))
  const stopping = stop()
  await new Promise((resolve) => setTimeout(resolve, 50))
  send()
  expect((await answering).status).toBe(202)
  await stopping
  await api.close()
})

test('an address that is taken is told as such', async () => {
  const api = openTestApi()
  const { port, stop } = await serve(api)
  await expect(createApi(api.engine, { port }).run(new AbortController().signal)).rejects.toMatchObject({
    code: 'address-in-use',
    where: `127.0.0.1:${port}`,
  })
  await stop()
  await api.close()
})

test('there is nothing to drain', async () => {
  const api = openTestApi()
  await createApi(api.engine).drain()
  await api.close()
})
