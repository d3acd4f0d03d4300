export * from './event-store.ts'
export * from './sqlite-event-store.ts'
