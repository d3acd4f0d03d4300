export * from './fencing.ts'
export * from './read-store.ts'
export * from './sqlite-read-store.ts'
