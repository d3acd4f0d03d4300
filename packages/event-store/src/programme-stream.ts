import { currentVersions, type DataOf, PerennialError, type Programme, upcast } from '@perennial/contracts'
import { type EventStore, programmeStream } from './event-store.ts'

export const programmeCategory = 'programme'
export const programmePublished = 'ProgrammePublished'

export interface PublishedProgramme {
  programme: Programme
  /** Place in the log from which on it is known. */
  position: number
  revision: number
}

/** The versions that were published between two positions of the log (all without them), in the order of publication. */
export async function publishedProgrammes(
  eventStore: EventStore,
  options: { after?: number; upTo?: number } = {},
): Promise<PublishedProgramme[]> {
  const records = await eventStore.readCategory(programmeCategory, options)
  return records.map(({ type, version, data, position, revision }) => ({
    programme: (upcast(type, version, data) as DataOf['ProgrammePublished']).programme,
    position,
    revision,
  }))
}

/**
 * Publishes a version: a decision, made from the stream as it was read.
 * @param now the engine's clock, milliseconds
 * @throws PerennialError `wrong-revision` when somebody else published meanwhile
 */
export async function publishProgramme(eventStore: EventStore, programme: Programme, now: number): Promise<{ position: number }> {
  const stream = programmeStream(programme.programme)
  const last = (await eventStore.readStream(stream)).at(-1)
  return eventStore.appendDecision(
    {
      stream,
      type: programmePublished,
      version: currentVersions.ProgrammePublished,
      source: '/perennial/programme',
      id: `${programme.programme}/${programme.version}`,
      occurredAt: now,
      recordedAt: now,
      data: JSON.stringify({ programme }),
      metadata: null,
    },
    last?.revision ?? -1,
  )
}

/** Whether another process has published the same thing at the same moment: all the better. */
export function wasFaster(error: unknown): boolean {
  return error instanceof PerennialError && (error.code === 'wrong-revision' || error.code === 'event-id-reused')
}
