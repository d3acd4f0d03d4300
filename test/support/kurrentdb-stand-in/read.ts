import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerWritableStream } from '@grpc/grpc-js'
import type { StandInLog, StoredEvent } from './log.ts'
import { eventMessage, streamName, streamNotFound } from './messages.ts'

const { StreamOptions, AllOptions } = streams.ReadReq.Options

/** Reads a stream or $all, forwards or backwards, from a place and including it. */
export async function read(log: StandInLog, call: ServerWritableStream<ReadReq, ReadResp>, settled: () => Promise<void>): Promise<void> {
  const options = call.request.getOptions() as ReadReq.Options
  const stream = options.getStream()
  const name = streamName(stream?.getStreamIdentifier())
  const events = stream ? log.stream(name) : log.all
  const from = stream ? revisionIndex(stream, events) : positionIndex(options.getAll() as ReadReq.Options.AllOptions, events)
  const answer = page(events, options, from).map((event) => eventMessage(event, !stream))
  if (stream && events.length === 0) answer.push(streamNotFound(name))
  await settled()
  for (const message of answer) await write(call, message)
  call.end()
}

/** Where to begin: an index; that of no event where it begins behind them all. */
function revisionIndex(options: ReadReq.Options.StreamOptions, events: readonly StoredEvent[]): number {
  const { START, END } = StreamOptions.RevisionOptionCase
  const choice = options.getRevisionOptionCase()
  if (choice === START) return 0
  return choice === END ? events.length : Number(options.getRevision())
}

function positionIndex(options: ReadReq.Options.AllOptions, events: readonly StoredEvent[]): number {
  const { START, END } = AllOptions.AllOptionCase
  const choice = options.getAllOptionCase()
  if (choice === START) return 0
  if (choice === END) return events.length
  return firstFrom(events, BigInt(options.getPosition()?.getCommitPosition() ?? 0))
}

/** Index of the first event at a position or behind it. */
export function firstFrom(events: readonly StoredEvent[], position: bigint): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((events[middle] as StoredEvent).position < position) low = middle + 1
    else high = middle
  }
  return low
}

function page(events: readonly StoredEvent[], options: ReadReq.Options, from: number): StoredEvent[] {
  const count = Number(options.getCount())
  if (options.getReadDirection() === 0) return events.slice(from, from + count)
  // A stream is read backwards including the revision named, $all without the position named.
  const end = options.hasStream() ? Math.min(from + 1, events.length) : from
  return events.slice(Math.max(0, end - count), end).toReversed()
}

/** Not faster than it is taken. */
export async function write(call: ServerWritableStream<ReadReq, ReadResp>, message: ReadResp): Promise<void> {
  if (call.cancelled || call.write(message)) return
  await new Promise<void>((resolve) => {
    const go = () => {
      call.off('drain', go).off('cancelled', go).off('close', go)
      resolve()
    }
    call.once('drain', go).once('cancelled', go).once('close', go)
  })
}
