export * from './read-store.ts'
export * from './sqlite-read-store.ts'
