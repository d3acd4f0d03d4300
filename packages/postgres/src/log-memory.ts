import type { Database } from './database.ts'
import type { HomesTables } from './homes-tables.ts'

/** Remembers which log the read models and everything else in this schema were made from. */
export interface LogMemory {
  /** Answers the log that is remembered: this one, where none was and one is given. */
  remember(identity: string | undefined): Promise<string | undefined>
}

export function logMemoryIn(database: Database, { log }: HomesTables): LogMemory {
  return {
    async remember(identity) {
      if (identity !== undefined)
        await database.write(`INSERT INTO ${log} (identity) VALUES ($1) ON CONFLICT DO NOTHING`, [JSON.stringify(identity)])
      const [row] = await database.query<[string]>(`SELECT identity FROM ${log}`)
      return row && (JSON.parse(row[0]) as string)
    },
  }
}
