import streams, { type AppendReq, type AppendResp } from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerReadableStream } from '@grpc/grpc-js'
import type { AppendOutcome, ExpectedRevision, ProposedEvent } from './log.ts'
import { appendAnswer, proposedEvent, streamName } from './messages.ts'

export type Append = (stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]) => Promise<AppendOutcome>

export async function appendOnce(call: ServerReadableStream<AppendReq, AppendResp>, append: Append): Promise<AppendResp> {
  let options: AppendReq.Options | undefined
  const events: ProposedEvent[] = []
  for await (const request of call as AsyncIterable<AppendReq>) {
    const message = request.getProposedMessage()
    if (message) events.push(proposedEvent(message))
    options ??= request.getOptions()
  }
  if (!options) throw new Error('An append without options.')
  return appendAnswer(await append(streamName(options.getStreamIdentifier()), expectedRevision(options), events))
}

function expectedRevision(options: AppendReq.Options): ExpectedRevision {
  const choices = streams.AppendReq.Options.ExpectedStreamRevisionCase
  const choice = options.getExpectedStreamRevisionCase()
  if (choice === choices.REVISION) return BigInt(options.getRevision())
  if (choice === choices.NO_STREAM) return 'no_stream'
  if (choice === choices.STREAM_EXISTS) return 'stream_exists'
  if (choice === choices.ANY) return 'any'
  throw new Error('An append without an expected revision.')
}
