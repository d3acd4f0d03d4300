export * from './bench-events.ts'
export * from './sample-shop.ts'
