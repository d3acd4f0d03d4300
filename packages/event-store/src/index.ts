export * from './event-store.ts'
export * from './model-stream.ts'
export * from './programme-stream.ts'
export * from './sqlite-event-store.ts'
