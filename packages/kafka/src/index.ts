export * from './kafka-address.ts'
export * from './kafka-message-bus.ts'
