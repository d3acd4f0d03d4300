import { PerennialError } from '@perennial/contracts'
import type { MessageBus, NewMessage } from '@perennial/message-bus'

/** Resolves once the messages are safe on the bus. */
export type Publish = (messages: readonly NewMessage[]) => Promise<void>

interface Waiting {
  messages: readonly NewMessage[]
  done(): void
  failed(error: unknown): void
}

/**
 * Group commit: what arrives while the bus is writing goes into the next write together, so that many clients share
 * one flush to disk. A single client waits no longer than it would alone.
 *
 * @throws PerennialError `overloaded` when more than `waitingMax` messages wait already
 */
export function createGroupedPublisher(bus: MessageBus, topic: string, waitingMax: number): Publish {
  let waiting: Waiting[] = []
  let waitingMessages = 0
  let writing = false

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        await bus.publish(
          topic,
          group.flatMap(({ messages }) => messages),
        )
        for (const { done } of group) done()
      } catch (error) {
        for (const { failed } of group) failed(error)
      }
      for (const { messages } of group) waitingMessages -= messages.length
      // Requests that came in during the write are read from their sockets before the next one begins.
      await new Promise((resolve) => setImmediate(resolve))
    }
    writing = false
  }

  return (messages) => {
    if (messages.length === 0) return Promise.resolve()
    // A request larger than the limit is still let through when nothing else waits.
    if (waitingMessages > 0 && waitingMessages + messages.length > waitingMax) return Promise.reject(new PerennialError('overloaded'))
    waitingMessages += messages.length
    return new Promise((done, failed) => {
      waiting.push({ messages, done, failed })
      if (writing) return
      writing = true
      setImmediate(() => void write())
    })
  }
}
