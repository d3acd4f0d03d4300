import { type DeadLetterHeaders, PerennialError } from '@perennial/contracts'
import { deadLetterId, type NewDeadLetter } from '@perennial/dead-letters'
import type { MessageBus, NewMessage } from '@perennial/message-bus'
import type { Logger } from '@perennial/runtime'

/** A message that is wrong throughout could have thousands; the dead letter that was kept has them all. */
const faultsMax = 20

/**
 * Publishes what was refused, byte for byte, with the reason in its headers. What the bus will not take (some brokers
 * allow larger messages on other topics) is passed over with a warning: it is kept, and must not stop the intake.
 *
 * @throws PerennialError `store-unavailable`
 */
export async function publishRefused(
  refused: readonly NewDeadLetter[],
  { bus, topic, logger }: { bus: MessageBus; topic: string; logger: Logger },
): Promise<void> {
  const messages = refused.map(toMessage)
  if (await isTaken(bus, topic, messages)) return
  let passedOver = 0
  for (const message of messages) if (!(await isTaken(bus, topic, [message]))) passedOver++
  logger.warn({ topic, passedOver, of: messages.length }, 'the bus does not take all dead letters; they are kept')
}

async function isTaken(bus: MessageBus, topic: string, messages: readonly NewMessage[]): Promise<boolean> {
  try {
    await bus.publish(topic, messages)
    return true
  } catch (error) {
    if (error instanceof PerennialError && error.code === 'store-refused') return false
    throw error
  }
}

function toMessage({ bytes, key, code, message, faults, origin, refusedAt }: NewDeadLetter): NewMessage {
  const headers: DeadLetterHeaders = {
    id: deadLetterId(bytes),
    code,
    message,
    faults: JSON.stringify(faults.slice(0, faultsMax)),
    origin,
    refusedAt: new Date(refusedAt).toISOString(),
  }
  return { key, value: bytes, headers }
}
