export * from './settlement.ts'
