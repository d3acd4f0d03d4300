export * from './message-bus.ts'
export * from './sqlite-message-bus.ts'
