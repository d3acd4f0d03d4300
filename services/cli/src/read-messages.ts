import { createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import { createGunzip } from 'node:zlib'
import { PerennialError } from '@perennial/contracts'
import type { NewMessage } from '@perennial/message-bus'

const newline = 0x0a
const lenientUtf8 = new TextDecoder('utf-8', { ignoreBOM: false })
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Rough size of an event, to guess how many a file holds before it is read. */
const bytesPerEvent = 400

/**
 * Reads one message per line, with the line's own bytes whatever they are: what cannot be read is for ingest to
 * refuse and to keep. Empty lines are passed over.
 *
 * @throws PerennialError `file-not-readable` when there is no such file, `file-invalid` for a broken archive
 */
export async function readMessages(file: string): Promise<{ messages: AsyncIterable<NewMessage>; total: number }> {
  const standardInput = file === '-'
  const size = standardInput ? 0 : statSync(file).size
  if (!standardInput && statSync(file).isDirectory())
    throw new PerennialError('file-not-readable', { where: file, message: 'It is a directory.' })
  const zipped = file.endsWith('.gz')
  const stream = standardInput ? process.stdin : createReadStream(file)
  const bytes: AsyncIterable<Buffer> = zipped ? stream.pipe(createGunzip()) : stream
  return {
    messages: toMessages(bytes, standardInput ? 'standard input' : basename(file)),
    total: Math.ceil(size / bytesPerEvent) * (zipped ? 8 : 1),
  }
}

async function* toMessages(bytes: AsyncIterable<Buffer>, name: string): AsyncIterable<NewMessage> {
  let number = 0
  for await (const line of lines(bytes, name)) {
    number++
    if (line.length === 0) continue
    yield toMessage(line, `${name}:${number}`)
  }
}

function toMessage(line: Buffer, origin: string): NewMessage {
  const headers = { origin }
  let value: string | Uint8Array
  try {
    value = strictUtf8.decode(line)
  } catch {
    return { key: subjectOf(lenientUtf8.decode(line)), value: line, headers }
  }
  return { key: subjectOf(value), value, headers }
}

function subjectOf(text: string): string | null {
  try {
    const { subject } = JSON.parse(text) as { subject?: unknown }
    return typeof subject === 'string' && subject !== '' ? subject : null
  } catch {
    return null
  }
}

async function* lines(bytes: AsyncIterable<Buffer>, name: string): AsyncIterable<Buffer> {
  let rest = Buffer.alloc(0)
  try {
    for await (const chunk of bytes) {
      let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
      for (let end = data.indexOf(newline); end !== -1; end = data.indexOf(newline)) {
        yield trimEnd(data.subarray(0, end))
        data = data.subarray(end + 1)
      }
      rest = Buffer.from(data)
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code.startsWith('Z_'))
      throw new PerennialError('file-invalid', { where: name, message: 'It ends too early, or is no gzip file.', cause: error })
    throw error
  }
  if (rest.length > 0) yield trimEnd(rest)
}

function trimEnd(line: Buffer): Buffer {
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line
}
