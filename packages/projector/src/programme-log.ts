import { defaultProgramme, type ModelType } from '@perennial/contracts'
import { nothingLearnt, type ProgrammeVersions, programmeVersions, type ShopModels } from '@perennial/domain'
import {
  type EventStore,
  type LearntModel,
  learntModels,
  type PublishedProgramme,
  programmePublished,
  publishedProgrammes,
} from '@perennial/event-store'

/** What is known of the rules of one log. The log is never rewritten, so what was read once need not be read again. */
interface KnownRules {
  published: PublishedProgramme[]
  learnt: LearntModel[]
  /** By how many of either: folds of one log share what they remember of calendars. */
  compiled: Map<string, ProgrammeVersions>
}

const knownOfLog = new WeakMap<EventStore, KnownRules>()

/**
 * What judges events, as known at a position of the log: the versions of the programme that were published up to it,
 * and what was learnt from the shop. A log in which no programme was published is judged by the one that Perennial
 * starts with.
 */
export async function loadProgrammes(eventStore: EventStore, upTo = Number.MAX_SAFE_INTEGER): Promise<ProgrammeVersions> {
  const { published, learnt, compiled } = await readNews(eventStore)
  const programmes = published.filter(({ position }) => position <= upTo)
  const models = learnt.filter(({ position }) => position <= upTo)
  const known = `${programmes.length} ${models.length}`
  let versions = compiled.get(known)
  if (!versions) {
    const published = programmes.length > 0 ? programmes.map(({ programme }) => programme) : [defaultProgramme()]
    versions = programmeVersions(published, await compile(models))
    compiled.set(known, versions)
  }
  return versions
}

/** Whether an event of this type may change what a projector makes of every member's past. */
export function changesRules(projector: { readonly models?: readonly ModelType[] }, type: string): boolean {
  return type === programmePublished || (projector.models?.includes(type as ModelType) ?? false)
}

/** The models bring mathematics along, which only a log with models needs to load. */
async function compile(models: readonly LearntModel[]): Promise<ShopModels> {
  if (models.length === 0) return nothingLearnt
  const { compileModels } = await import('@perennial/shop-models')
  return compileModels(models)
}

async function readNews(eventStore: EventStore): Promise<KnownRules> {
  let known = knownOfLog.get(eventStore)
  if (!known) knownOfLog.set(eventStore, (known = { published: [], learnt: [], compiled: new Map() }))
  const { published, learnt } = known
  addNews(published, await publishedProgrammes(eventStore, { after: published.at(-1)?.position ?? 0 }))
  addNews(learnt, await learntModels(eventStore, { after: learnt.at(-1)?.position ?? 0 }))
  return known
}

/** Two readers at the same moment find the same news. */
function addNews<T extends { position: number }>(known: T[], news: readonly T[]): void {
  for (const each of news) if (each.position > (known.at(-1)?.position ?? 0)) known.push(each)
}
