import { escapeIdentifier } from 'pg'

/** Names of tables, with their schema, as they stand in statements. */
export interface Tables {
  /** As it is. */
  schemaName: string
  schema: string
  schemaVersion: string
  projectors: string
  generations: string
  outbox: string
  leases: string
  writers: string
  owners: string
  noted: string
  changedRows: string
  untold: string
  /** A sequence, as it stands in a string of SQL. */
  changes: string
  of(generation: number): GenerationTables
}

export interface GenerationTables {
  members: string
  checkpoints: string
  parked: string
  /** Of before: nothing is written there any more. */
  passes: string
}

export function tablesIn(schemaName: string): Tables {
  const schema = escapeIdentifier(schemaName)
  return {
    schemaName,
    schema,
    schemaVersion: `${schema}.schema_version`,
    projectors: `${schema}.projectors`,
    generations: `${schema}.generations`,
    outbox: `${schema}.outbox`,
    leases: `${schema}.leases`,
    writers: `${schema}.writers`,
    owners: `${schema}.owners`,
    noted: `${schema}.noted`,
    changedRows: `${schema}.changed_rows`,
    untold: `${schema}.untold`,
    changes: `${schema}.changes`.replaceAll("'", "''"),
    of: (generation) => ({
      members: `${schema}.members_${generation}`,
      checkpoints: `${schema}.checkpoints_${generation}`,
      parked: `${schema}.parked_${generation}`,
      passes: `${schema}.passes_${generation}`,
    }),
  }
}

/** The column that holds a shown value by which rows can be asked for. */
export function filterColumn(filter: string): string {
  return escapeIdentifier(`by_${filter}`)
}
