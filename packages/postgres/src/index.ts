export * from './options.ts'
export * from './postgres-read-store.ts'
