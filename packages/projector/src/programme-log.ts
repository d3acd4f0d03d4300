import { defaultProgramme } from '@perennial/contracts'
import { type ProgrammeVersions, programmeVersions } from '@perennial/domain'
import { type EventStore, publishedProgrammes } from '@perennial/event-store'

/** Compiled versions per log, by the position of the last one: folds of one log share what they remember of calendars. */
const compiled = new WeakMap<EventStore, Map<number, ProgrammeVersions>>()

/**
 * The versions of the programme that were published up to a position of the log. A log in which none was published
 * is judged by the programme that Perennial starts with.
 */
export async function loadProgrammes(eventStore: EventStore, upTo = Number.MAX_SAFE_INTEGER): Promise<ProgrammeVersions> {
  const published = await publishedProgrammes(eventStore, { upTo })
  const last = published.at(-1)?.position ?? 0
  let ofLog = compiled.get(eventStore)
  if (!ofLog) compiled.set(eventStore, (ofLog = new Map()))
  let versions = ofLog.get(last)
  if (!versions) {
    versions = programmeVersions(published.length > 0 ? published.map(({ programme }) => programme) : [defaultProgramme()])
    ofLog.set(last, versions)
  }
  return versions
}
