import { type DataOf, defaultProgramme, upcast } from '@perennial/contracts'
import { type ProgrammeVersions, programmeVersions } from '@perennial/domain'
import type { EventStore } from '@perennial/event-store'

export const programmeCategory = 'programme'
export const programmePublished = 'ProgrammePublished'

/**
 * The versions of the programme that were published up to a position of the log. A log in which none was published
 * is judged by the programme that Perennial starts with.
 */
export async function loadProgrammes(eventStore: EventStore, upTo: number): Promise<ProgrammeVersions> {
  const records = await eventStore.readCategory(programmeCategory, { upTo })
  const programmes = records.map((record) => (upcast(record.type, record.version, record.data) as DataOf['ProgrammePublished']).programme)
  return programmeVersions(programmes.length > 0 ? programmes : [defaultProgramme()])
}
