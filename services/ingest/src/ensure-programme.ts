import { currentVersions, defaultProgramme, PerennialError } from '@perennial/contracts'
import { type EventStore, programmeStream } from '@perennial/event-store'

/** A log begins with a programme: the one that Perennial starts with, unless another was published. */
export async function ensureProgramme(eventStore: EventStore, now: number): Promise<void> {
  const published = await eventStore.readCategory('programme')
  if (published.length > 0) return
  const programme = defaultProgramme()
  try {
    await eventStore.appendDecision(
      {
        stream: programmeStream(programme.programme),
        type: 'ProgrammePublished',
        version: currentVersions.ProgrammePublished,
        source: '/perennial/programme',
        id: `${programme.programme}/${programme.version}`,
        occurredAt: now,
        recordedAt: now,
        data: JSON.stringify({ programme }),
        metadata: null,
      },
      -1,
    )
  } catch (error) {
    // Another process was faster: all the better.
    if (!(error instanceof PerennialError && (error.code === 'wrong-revision' || error.code === 'event-id-reused'))) throw error
  }
}
