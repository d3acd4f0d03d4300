/**
 * How far the log has been settled, and who is merged into whom as of there. It can be made again by reading the log
 * from the beginning: what was settled once is settled again without effect.
 */
export interface SettlementProgress {
  /** Position of the last event whose consequences are in the log; 0 at the beginning. */
  position(): Promise<number>

  /** Merges that last, by the id of the member who was merged away. */
  merges(): Promise<Map<string, Merge>>

  /**
   * Moves the position on from where the caller found it, and changes merges, in one transaction.
   *
   * @returns false where it does not stand at `from` any longer: somebody else settles, and nothing was written
   */
  save(changes: { from: number; position: number; begun?: readonly Merge[]; ended?: readonly string[] }): Promise<boolean>

  close(): Promise<void>
}

/** A member whose history counts as another's. */
export interface Merge {
  /** The id of the decision. */
  merge: string
  /** Who was merged away. */
  from: string
  into: string
  /** When it was decided; milliseconds. */
  at: number
}
