export * from './homes.ts'
export type { LogMemory } from './log-memory.ts'
export { defaults, type PostgresOptions, type Trouble } from './options.ts'
export * from './postgres-read-store.ts'
