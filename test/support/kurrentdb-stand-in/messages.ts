import shared from '@eventstore/db-client/generated/shared_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { AppendOutcome, ProposedEvent, StoredEvent } from './log.ts'

/** The service as the client speaks it: the client's own generated messages. */

interface ProposedMessage {
  getId(): { getString(): string } | undefined
  getMetadataMap(): { get(key: string): string | undefined }
  getData_asU8(): Uint8Array
  getCustomMetadata_asU8(): Uint8Array
}

export function proposedEvent(message: ProposedMessage): ProposedEvent {
  const attributes = message.getMetadataMap()
  return {
    id: message.getId()?.getString() ?? '',
    type: attributes.get('type') ?? '',
    contentType: attributes.get('content-type') ?? '',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  }
}

export function streamName(identifier: { getStreamName_asU8(): Uint8Array } | undefined): string {
  return Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8')
}

export function streamIdentifier(name: string) {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(name, 'utf8').toString('base64'))
}

/** @param positioned whether the event was read from $all: before version 22.6, a stream's events come without a position */
export function eventMessage(event: StoredEvent, positioned: boolean) {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(event.id))
    .setStreamIdentifier(streamIdentifier(event.stream))
    .setStreamRevision(String(event.revision))
    .setCommitPosition(String(positioned ? event.position : unknownPosition))
    .setPreparePosition(String(positioned ? event.position : unknownPosition))
    .setData(event.data)
    .setCustomMetadata(event.metadata)
  recorded.getMetadataMap().set('type', event.type).set('content-type', event.contentType).set('created', '17000000000000000')
  const read = new streams.ReadResp.ReadEvent().setEvent(recorded)
  if (positioned) read.setCommitPosition(String(event.position))
  else read.setNoPosition(new shared.Empty())
  return new streams.ReadResp().setEvent(read)
}

const unknownPosition = 2n ** 64n - 1n

export function streamNotFound(name: string) {
  return new streams.ReadResp().setStreamNotFound(new streams.ReadResp.StreamNotFound().setStreamIdentifier(streamIdentifier(name)))
}

export function confirmation() {
  return new streams.ReadResp().setConfirmation(new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId('stand-in'))
}

export function checkpoint(position: bigint) {
  return new streams.ReadResp().setCheckpoint(
    new streams.ReadResp.Checkpoint().setCommitPosition(String(position)).setPreparePosition(String(position)),
  )
}

export function caughtUp() {
  return new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp())
}

export function appendAnswer(outcome: AppendOutcome) {
  const answer = new streams.AppendResp()
  if (outcome.stored) {
    const success = new streams.AppendResp.Success().setCurrentRevision(String(outcome.revision))
    if (outcome.position === undefined) success.setNoPosition(new shared.Empty())
    else {
      const position = String(outcome.position)
      success.setPosition(new streams.AppendResp.Position().setCommitPosition(position).setPreparePosition(position))
    }
    return answer.setSuccess(success)
  }
  const wrong = new streams.AppendResp.WrongExpectedVersion()
  if (outcome.current === undefined) wrong.setCurrentNoStream(new shared.Empty())
  else wrong.setCurrentRevision(String(outcome.current))
  return answer.setWrongExpectedVersion(wrong)
}
