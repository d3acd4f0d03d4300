export * from './cdnow.ts'
export * from './online-retail.ts'
export type { ReadProgress } from './read-bytes.ts'
