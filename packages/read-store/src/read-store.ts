/**
 * The tables of one projector: its members' states and what is shown of them, how far it has read, what it parked,
 * and the announcements it still has to make.
 *
 * Tables come in generations. One is live; a rebuild fills another beside it and swaps them.
 */
export interface ReadStore {
  /** The generation that serves, created on first use. */
  live(layout: Layout): Promise<ReadModel>

  /** The generation that is being built for this layout, continued where an earlier rebuild stopped. */
  building(layout: Layout): Promise<ReadModel>

  /**
   * Makes the building generation the live one in one transaction, if both stand at the same position and the old
   * one's clock is not ahead; otherwise changes nothing and answers false. The old tables are dropped, at once or when
   * nobody reads them any longer; asking them is refused from now on.
   */
  swap(): Promise<boolean>

  /** Drops a generation that is being built, if there is one. */
  abandonBuild(): Promise<void>

  /** Announcements that have not been relayed, oldest first. */
  pendingAnnouncements(limit: number): Promise<OutboxEntry[]>
  markRelayed(upTo: number): Promise<void>
  /** How many announcements wait to be relayed. */
  outboxLag(): Promise<number>

  /**
   * Members whose rows were written or removed since they were last published, those that wait longest first: every
   * member once, however often it changed. Only a store that was opened to track rows knows of any; it begins with all
   * members that it has, and a swap makes all of them wait again.
   */
  changedRows(limit: number): Promise<ChangedRow[]>
  /**
   * Forgets them, except those that do not wait as they did: they have changed again since, or another one has published
   * them meanwhile, and what was published last may be the older row. These wait, under a new number.
   */
  markPublished(rows: readonly ChangedRow[]): Promise<void>
  /** How many rows wait to be published. */
  rowsLag(): Promise<number>

  close(): Promise<void>
}

export interface Layout {
  projector: string
  /** Version of the projector's code: the state's shape and the rules of its fold. */
  version: number
  /** Names of shown values by which rows can be asked for. */
  filters: readonly string[]
}

/**
 * One generation of tables. Every method rejects with GenerationRetired once a rebuild has replaced them: the caller
 * goes on with the live ones.
 */
export interface ReadModel {
  readonly generation: number
  /** Version of the projector that filled these tables. */
  readonly version: number

  /** How far each partition has been read. */
  checkpoints(): Promise<Checkpoint[]>

  load(memberIds: readonly string[]): Promise<Map<string, StoredMember>>

  /**
   * States, members who have none any longer, checkpoint, announcements and parked members in one transaction.
   * @throws GenerationRetired, PerennialError `partition-lost`: then nothing is written
   */
  commit(changes: Changes): Promise<void>

  /**
   * Takes partitions for one of several writers: of those asked for, all that nobody holds, whose holder's time is
   * over, or that the same owner holds. They carry one new epoch, higher than any before, which the writer's commits
   * name: so a writer that has lost a partition without noticing is refused. Whoever holds some and wants more asks
   * for all of them again. Who gets none has epoch 0, under which nothing can be written.
   */
  claim(request: { owner: string; partitions: readonly number[]; ttlMs: number }): Promise<Lease>

  /** Holds them from now on for `ttlMs` milliseconds. Answers those that are still held: none, if all were taken over. */
  renew(lease: Lease, ttlMs: number): Promise<Lease>

  /** Gives partitions back, all of a lease or some; those that were lost before are passed over. */
  release(lease: Lease): Promise<void>

  /** Who holds what, by partition; also those whose time is over, until somebody takes them. */
  leases(): Promise<PartitionLease[]>

  /**
   * Says that `owner` wants a share of the partitions for `ttlMs` milliseconds from now, and answers everybody who does,
   * by name in byte order. From their number each reckons how many are its own; nobody is asked.
   */
  enlist(owner: string, ttlMs: number): Promise<string[]>

  /** Takes the owner off that list and gives back whatever it holds. Nothing where it is not on it. */
  leave(owner: string): Promise<void>

  /** Members whose time has come, up to `limit`, earliest first. */
  due(options: { at: number; limit: number; partitions: readonly number[] }): Promise<StoredMember[]>

  /** A page of members by member id in byte order. `where` compares shown values; members that are due anyway (`dueAt`) come along. */
  page(options: { after: string; limit: number; where?: Record<string, string>; dueAt?: number }): Promise<StoredMember[]>

  parked(): Promise<ParkedMember[]>
  /** Asks the projector to try parked members again; all of them without an id. Answers how many. */
  requestRetry(memberId?: string): Promise<number>

  counts(): Promise<{ members: number; parked: number }>
  /** Members per value of a shown value that is a filter, as it was last stored. */
  countBy(filter: string): Promise<Map<string, number>>
}

export interface Checkpoint {
  partition: number
  /** Position of the last event that was taken into account. */
  position: number
  /** Up to this instant, everything that was due has been done. */
  clock: number
  /** Where a sweep over all members that was cut off goes on for this partition; null where none is under way. */
  sweep: SweepMark | null
}

/** A checkpoint as it stands in tables, for adapters. */
export type CheckpointRow = [partition: number, position: number, clock: number, upTo: number | null, after: string | null]

export function toCheckpoint([partition, position, clock, upTo, after]: CheckpointRow): Checkpoint {
  return { partition, position, clock, sweep: upTo === null || after === null ? null : { upTo, after } }
}

/** The position that every partition has reached: what a projector is measured by. 0 without checkpoints. */
export function reachedPosition(checkpoints: readonly Checkpoint[]): number {
  return checkpoints.reduce((slowest, { position }) => Math.min(slowest, position), checkpoints[0]?.position ?? 0)
}

/** Named values that change at instants, never continuously. */
export type Shown = Record<string, string | number | null>

export interface StoredMember {
  memberId: string
  /** JSON text. */
  state: string
  shown: Shown
  nextDue: number | null
}

export interface Changes {
  members: readonly StoredMember[]
  /** Members whose rows go: merged into others. Who has no row is passed over. */
  remove?: readonly string[]
  /** Partitions whose checkpoint moves, and where to. */
  checkpoint?: { partitions: readonly number[]; position?: number; clock?: number }
  /** CloudEvents without their id, as JSON text. */
  announcements?: readonly string[]
  park?: readonly ParkedMember[]
  unpark?: readonly string[]
  /** How far a sweep over the members of these partitions has come; null when it is through. */
  sweep?: { partitions: readonly number[]; mark: SweepMark | null }
  /**
   * Of the lease under which this is written: refused unless every partition it touches is held under it. Without one,
   * as the only writer there is: refused where anyone holds one of them.
   */
  epoch?: number
}

/** Partitions of one generation that one writer holds until their time is over, by the store's clock. */
export interface Lease {
  epoch: number
  partitions: readonly number[]
}

export interface PartitionLease {
  partition: number
  owner: string
  epoch: number
  /** Its time is over by the store's clock, which nobody else's need agree with: anybody may take it. */
  over: boolean
}

/** A sweep folds members in the order of their ids up to one position of the log. */
export interface SweepMark {
  upTo: number
  /** The last member that was written. */
  after: string
}

export interface ParkedMember {
  memberId: string
  /** The event that could not be folded; later ones of the member wait behind it. */
  position: number
  eventId: string
  reason: string
  parkedAt: number
  retryRequested: boolean
}

export interface OutboxEntry {
  sequence: number
  /** Stable: the same announcement has the same id however often it is relayed. */
  id: string
  announcement: string
}

export interface ChangedRow {
  memberId: string
  /** Of its last change; grows. */
  sequence: number
}

export class GenerationRetired extends Error {
  override readonly name = 'GenerationRetired'
}
