import { describeError, PerennialError } from '@perennial/contracts'
import { type EventStore, memberStream } from '@perennial/event-store'
import { GenerationRetired, type ReadModel, type ReadStore, type StoredMember } from '@perennial/read-store'
import { explainPoints, type PointsExplained } from './explain.ts'
import { FoldFailure, foldMember } from './fold-member.ts'
import { refuseMerged } from './merged-into.ts'
import { loadProgrammes } from './programme-log.ts'
import type { Projector } from './projector.ts'
import { rowOf } from './stored-state.ts'
import { type TimelineEntry, timeline } from './timeline.ts'

export interface ReaderDependencies {
  projectors: readonly Projector[]
  eventStore: EventStore
  /** By name of the projector. */
  readStores: ReadonlyMap<string, ReadStore>
  clock(): number
}

export type Row = { memberId: string } & Record<string, unknown>

export interface PageRequest {
  /** Shown values that the rows must have. */
  where?: Record<string, string>
  /** What else a row must satisfy; for values that change continuously. */
  accept?(row: Row): boolean
  /** Member id after which the page begins; empty for the first page. */
  after: string
  limit: number
}

export interface Page {
  rows: Row[]
  /** Where the next page begins; undefined at the end. */
  next: string | undefined
}

/**
 * Reads the read models. Without `asOf`, as they are now; with it, as they were, folded from the streams.
 * Who asks for a member that is merged into another one is refused with `member-merged`.
 */
export interface Reader {
  /** undefined for a member of whom nothing was known. */
  row(projector: Projector, memberId: string, asOf?: number): Promise<Row | undefined>
  timeline(memberId: string, asOf?: number): Promise<TimelineEntry[]>
  /** Every points movement, in order; empty also for a member of whom nothing was known. */
  explain(memberId: string, asOf?: number): Promise<PointsExplained>
  page(projector: Projector, request: PageRequest): Promise<Page>
  /** One row per member, by member id in byte order. */
  all(projector: Projector, asOf?: number): AsyncIterable<Row>
}

/** Rows looked at for one page at the most, so that a filter that matches nobody cannot hold the engine up. */
const scannedMax = 20_000
const exportPage = 1_000

export function createReader({ projectors, eventStore, readStores, clock }: ReaderDependencies): Reader {
  async function liveOf(projector: Projector): Promise<ReadModel> {
    const readStore = readStores.get(projector.name)
    if (!readStore) throw new Error(`no read store for ${projector.name}`)
    const readModel = await readStore.live(projector)
    if (readModel.version !== projector.version) throw new PerennialError('read-model-version', { where: projector.name })
    return readModel
  }

  /** A rebuild may replace the tables between two reads: then those that it filled are read. */
  async function fromLive<T>(projector: Projector, read: (readModel: ReadModel) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await read(await liveOf(projector))
      } catch (error) {
        if (!(error instanceof GenerationRetired)) throw error
      }
    }
  }

  return {
    async row(projector, memberId, asOf) {
      const versions = await loadProgrammes(eventStore)
      if (asOf === undefined) {
        const stored = (await fromLive(projector, (readModel) => readModel.load([memberId]))).get(memberId)
        if (!stored) await refuseMerged(eventStore, memberId)
        return stored && (rowOf(projector, versions, stored, clock()) as Row)
      }
      const fold = projector.fold(versions)
      const events = await eventStore.readStream(memberStream(memberId))
      const folded = namingTheEvent(() => foldMember(events, [fold], versions, asOf))
      if (!folded) await refuseMerged(eventStore, memberId, asOf)
      return folded && (projector.row(memberId, fold.advance(folded.states[0], asOf), asOf, versions) as Row)
    },

    async timeline(memberId, asOf = clock()) {
      const versions = await loadProgrammes(eventStore)
      const events = await eventStore.readStream(memberStream(memberId))
      const entries = namingTheEvent(() => timeline(projectors, versions, events, asOf))
      if (entries.length === 0) await refuseMerged(eventStore, memberId, asOf)
      return entries
    },

    async explain(memberId, asOf = clock()) {
      const versions = await loadProgrammes(eventStore)
      const events = await eventStore.readStream(memberStream(memberId))
      const explained = namingTheEvent(() => explainPoints(versions, events, asOf))
      if (explained.movements.length === 0) await refuseMerged(eventStore, memberId, asOf)
      return explained
    },

    async page(projector, { where = {}, accept = () => true, after, limit }) {
      const versions = await loadProgrammes(eventStore)
      const now = clock()
      const rows: Row[] = []
      let last = after
      for (let scanned = 0; scanned < scannedMax; ) {
        const stored: StoredMember[] = await fromLive(projector, (readModel) => readModel.page({ after: last, limit, where, dueAt: now }))
        for (const member of stored) {
          scanned++
          last = member.memberId
          const row = rowOf(projector, versions, member, now) as Row
          // Members whose time has come since they were stored are looked at as they are now.
          const matches = Object.entries(where).every(([field, value]) => String(row[field]) === value)
          if (matches && accept(row)) rows.push(row)
          if (rows.length === limit) return { rows, next: last }
        }
        if (stored.length < limit) return { rows, next: undefined }
      }
      return { rows, next: last }
    },

    async *all(projector, asOf) {
      const versions = await loadProgrammes(eventStore)
      if (asOf === undefined) {
        const now = clock()
        for (let after = ''; ; ) {
          const stored = await fromLive(projector, (readModel) => readModel.page({ after, limit: exportPage }))
          for (const member of stored) yield rowOf(projector, versions, member, now) as Row
          const last = stored.at(-1)
          if (!last) return
          after = last.memberId
        }
      }
      const fold = projector.fold(versions)
      for await (const members of eventStore.readHistories({ upTo: await eventStore.head() })) {
        for (const { memberId, events } of members) {
          const folded = namingTheEvent(() => foldMember(events, [fold], versions, asOf))
          if (folded) yield projector.row(memberId, fold.advance(folded.states[0], asOf), asOf, versions) as Row
        }
      }
    },
  }
}

/** Someone asks about a member whose events cannot all be folded: that has a code, and the event a name. */
export function namingTheEvent<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof FoldFailure && error.cause instanceof PerennialError)) throw error
    const { code, message } = error.cause
    const { stream, source, id } = error.record
    throw new PerennialError(code, {
      where: `${stream}, event ${source} ${id}`,
      message: message.slice(describeError(code).sentence.length).trim(),
      cause: error,
    })
  }
}
