import { type DataOf, defaultProgramme, upcast } from '@perennial/contracts'
import { type ProgrammeVersions, programmeVersions } from '@perennial/domain'
import type { EventStore } from '@perennial/event-store'

export const programmeCategory = 'programme'
export const programmePublished = 'ProgrammePublished'

/** Compiled versions per log, by the position of the last one: folds of one log share what they remember of calendars. */
const compiled = new WeakMap<EventStore, Map<number, ProgrammeVersions>>()

/**
 * The versions of the programme that were published up to a position of the log. A log in which none was published
 * is judged by the programme that Perennial starts with.
 */
export async function loadProgrammes(eventStore: EventStore, upTo = Number.MAX_SAFE_INTEGER): Promise<ProgrammeVersions> {
  const records = await eventStore.readCategory(programmeCategory, { upTo })
  const last = records.at(-1)?.position ?? 0
  let ofLog = compiled.get(eventStore)
  if (!ofLog) compiled.set(eventStore, (ofLog = new Map()))
  let versions = ofLog.get(last)
  if (!versions) {
    const programmes = records.map((record) => (upcast(record.type, record.version, record.data) as DataOf['ProgrammePublished']).programme)
    versions = programmeVersions(programmes.length > 0 ? programmes : [defaultProgramme()])
    ofLog.set(last, versions)
  }
  return versions
}
