export * from './kurrent-event-store.ts'
