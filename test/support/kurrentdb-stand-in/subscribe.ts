import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerWritableStream } from '@grpc/grpc-js'
import type { StandInLog, StoredEvent } from './log.ts'
import { caughtUp, checkpoint, confirmation, eventMessage } from './messages.ts'
import { firstFrom, write } from './read.ts'

const pageMax = 32

/**
 * A catch-up subscription to $all: the events behind a position that pass the filter; a checkpoint each time so many
 * have been looked at; then, once at the end, whatever comes.
 *
 * @param saysCaughtUp servers since version 23.10 say when they have come to the end
 */
export async function subscribe(log: StandInLog, call: ServerWritableStream<ReadReq, ReadResp>, saysCaughtUp: boolean): Promise<void> {
  const options = call.request.getOptions() as ReadReq.Options
  const passes = filterOf(options.getFilter())
  const interval = (options.getFilter()?.getCheckpointintervalmultiplier() ?? 1) * (options.getFilter()?.getMax() || pageMax)
  await write(call, confirmation())
  let next = startIndex(options.getAll() as ReadReq.Options.AllOptions, log)
  let looked = 0
  let told = false
  while (!call.cancelled) {
    const event = log.all[next]
    if (!event) {
      if (saysCaughtUp && !told) await write(call, caughtUp())
      told = true
      await somethingNew(log, call)
      continue
    }
    next++
    if (passes(event)) await write(call, eventMessage(event, true))
    if (++looked % interval === 0) await write(call, checkpoint(event.position))
  }
}

/** Behind the position named, other than a read. */
function startIndex(options: ReadReq.Options.AllOptions, log: StandInLog): number {
  const { START, END } = streams.ReadReq.Options.AllOptions.AllOptionCase
  const choice = options.getAllOptionCase()
  if (choice === START) return 0
  if (choice === END) return log.all.length
  return firstFrom(log.all, BigInt(options.getPosition()?.getCommitPosition() ?? 0) + 1n)
}

function filterOf(filter: ReadReq.Options.FilterOptions | undefined): (event: StoredEvent) => boolean {
  if (!filter) return () => true
  const byStream = filter.getStreamIdentifier()
  const expression = byStream ?? filter.getEventType()
  const prefixes = expression?.getPrefixList() ?? []
  const pattern = new RegExp(expression?.getRegex() ?? '')
  return ({ stream, type }) => {
    const name = byStream ? stream : type
    return prefixes.length > 0 ? prefixes.some((prefix) => name.startsWith(prefix)) : pattern.test(name)
  }
}

function somethingNew(log: StandInLog, call: ServerWritableStream<ReadReq, ReadResp>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stopListening()
      call.off('cancelled', done)
      resolve()
    }
    const stopListening = log.onAppend(done)
    call.once('cancelled', done)
  })
}
