import { describe, expect, test } from '@jest/globals'
import { openKafkaMessageBus } from '@perennial/kafka'
import { startLocalBroker } from '../../infra/kafka-local/broker.ts'
import { whatIsMissing } from '../../infra/kafka-local/jars.ts'

/** It takes a broker of its own, as it is stopped. */
const possible = whatIsMissing() === undefined || process.env.PERENNIAL_REQUIRE_KAFKA === '1'

;(possible ? describe : describe.skip)('when the only broker has gone, on a real Kafka broker', () => {
  test('a consumer and the bus end soon after they are told to', async () => {
    const broker = await startLocalBroker({ port: 0 })
    const bus = await openKafkaMessageBus(`kafka://${broker.address}`)
    const stop = new AbortController()
    let handled = 0
    await bus.publish('retail-events', [{ key: 'ann', value: '1' }])
    const consuming = bus.consume({
      topic: 'retail-events',
      group: 'ingest',
      batchMax: 10,
      signal: stop.signal,
      handle: async (batch) => void (handled += batch.length),
    })
    while (handled === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    await broker.stop()
    const told = Date.now()
    stop.abort()
    // It ends in peace where the client was still trying, and with what it gave up on otherwise.
    await consuming.catch((error: unknown) => expect(error).toMatchObject({ code: 'store-unavailable' }))
    await bus.close()
    expect(Date.now() - told).toBeLessThan(8_000)
    // The client still tries to leave the group, and must not outlive its test.
    await new Promise((resolve) => setTimeout(resolve, 12_000))
  })

  test('a consumer that is still trying to begin ends soon after it is told to', async () => {
    const broker = await startLocalBroker({ port: 0 })
    const bus = await openKafkaMessageBus(`kafka://${broker.address}`)
    // The topic is there already: nobody has to be asked about it.
    await bus.publish('retail-events', [{ key: 'ann', value: '1' }])
    await broker.stop()
    const stop = new AbortController()
    const handle = async () => {}
    const consuming = bus.consume({ topic: 'retail-events', group: 'ingest', batchMax: 10, signal: stop.signal, handle })
    await new Promise((resolve) => setTimeout(resolve, 500))
    const told = Date.now()
    stop.abort()
    await consuming.catch((error: unknown) => expect(error).toMatchObject({ code: 'store-unavailable' }))
    expect(Date.now() - told).toBeLessThan(5_000)
    await bus.close()
    await new Promise((resolve) => setTimeout(resolve, 12_000))
  })
})
