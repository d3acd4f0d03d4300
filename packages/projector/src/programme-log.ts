import { defaultProgramme } from '@perennial/contracts'
import { type ProgrammeVersions, programmeVersions } from '@perennial/domain'
import { type EventStore, type PublishedProgramme, publishedProgrammes } from '@perennial/event-store'

/** What is known of the programmes of one log. The log is never rewritten, so what was read once need not be read again. */
interface KnownProgrammes {
  published: PublishedProgramme[]
  /** By position of the last version: folds of one log share what they remember of calendars. */
  compiled: Map<number, ProgrammeVersions>
}

const knownOfLog = new WeakMap<EventStore, KnownProgrammes>()

/**
 * The versions of the programme that were published up to a position of the log. A log in which none was published
 * is judged by the programme that Perennial starts with.
 */
export async function loadProgrammes(eventStore: EventStore, upTo = Number.MAX_SAFE_INTEGER): Promise<ProgrammeVersions> {
  const { published, compiled } = await readNews(eventStore)
  const valid = published.filter(({ position }) => position <= upTo)
  const last = valid.at(-1)?.position ?? 0
  let versions = compiled.get(last)
  if (!versions) {
    versions = programmeVersions(valid.length > 0 ? valid.map(({ programme }) => programme) : [defaultProgramme()])
    compiled.set(last, versions)
  }
  return versions
}

async function readNews(eventStore: EventStore): Promise<KnownProgrammes> {
  let known = knownOfLog.get(eventStore)
  if (!known) knownOfLog.set(eventStore, (known = { published: [], compiled: new Map() }))
  const after = known.published.at(-1)?.position ?? 0
  for (const news of await publishedProgrammes(eventStore, { after })) {
    // Two readers at the same moment find the same news.
    if (news.position > (known.published.at(-1)?.position ?? 0)) known.published.push(news)
  }
  return known
}
