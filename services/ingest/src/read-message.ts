import { describeError, type ReadResult, readCloudEvent } from '@perennial/contracts'
import type { NewMessage } from '@perennial/message-bus'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads the CloudEvent of a message, whatever its bytes are. */
export function readMessage({ value }: Pick<NewMessage, 'value'>, now: number): ReadResult {
  if (value === null) return notJson('expected an event; there is nothing')
  if (typeof value === 'string') return readCloudEvent(value, now)
  let text: string
  try {
    text = utf8.decode(value)
  } catch {
    return notJson('expected UTF-8')
  }
  return readCloudEvent(text, now)
}

function notJson(message: string): ReadResult {
  const code = 'invalid-json'
  const faults = [{ field: '', message }]
  return { refused: { code, message: describeError(code).sentence, faults, source: undefined, id: undefined, subject: undefined } }
}
