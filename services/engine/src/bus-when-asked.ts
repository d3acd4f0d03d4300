import type { MessageBus } from '@perennial/message-bus'

/**
 * A bus that is connected to when it is first asked for something, and again where that failed. A process that folds or
 * answers needs no bus for that: it starts also while there is none.
 */
export function busWhenAsked(open: () => Promise<MessageBus>): MessageBus {
  let opening: Promise<MessageBus> | undefined
  let opened: MessageBus | undefined
  let isClosed = false

  async function openNow(): Promise<MessageBus> {
    try {
      const bus = await open()
      // Nobody waited for it any longer.
      if (isClosed) await bus.close()
      opened = bus
      return bus
    } catch (error) {
      opening = undefined
      throw error
    }
  }

  function bus(): Promise<MessageBus> {
    opening ??= openNow()
    return opening
  }

  return {
    publish: async (topic, messages) => (await bus()).publish(topic, messages),
    consume: async (options) => (await bus()).consume(options),
    read: async (options) => (await bus()).read(options),
    lag: async (topic, group) => (await bus()).lag(topic, group),
    async close() {
      isClosed = true
      await opened?.close()
    },
  }
}
