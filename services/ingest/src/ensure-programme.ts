import { defaultProgramme } from '@perennial/contracts'
import { type EventStore, publishedProgrammes, publishProgramme, wasFaster } from '@perennial/event-store'

/** A log begins with a programme: the one that Perennial starts with, unless another was published. */
export async function ensureProgramme(eventStore: EventStore, now: number): Promise<void> {
  if ((await publishedProgrammes(eventStore)).length > 0) return
  try {
    await publishProgramme(eventStore, defaultProgramme(), now)
  } catch (error) {
    if (!wasFaster(error)) throw error
  }
}
