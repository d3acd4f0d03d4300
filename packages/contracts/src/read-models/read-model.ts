import type { z } from 'zod'

/** What crosses the boundary of one read model: one file per read model says it all, and `index.ts` lists them. */
export interface ReadModelContract {
  /** A member's row, as marketing tools see it over HTTP and in exports. */
  readonly row: z.ZodObject
  /** What is announced when a row changes: the data of each CloudEvent, by type. The id of each ends in `Data`. */
  readonly announcements: Readonly<Record<string, z.ZodObject>>
  /** For the documents. Tests send and compare them, so they stay true. */
  readonly example: {
    readonly row: Readonly<Record<string, unknown>>
    readonly announcements: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  }
}
