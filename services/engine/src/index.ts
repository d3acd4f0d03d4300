export type { ApiOptions } from '@perennial/api'
export * from './composition.ts'
export * from './engine.ts'
export * from './infrastructure.ts'
