export * from './ingest.ts'
export * from './read-message.ts'
