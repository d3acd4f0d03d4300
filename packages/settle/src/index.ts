export * from './settle.ts'
export * from './settlement-progress.ts'
export * from './sqlite-settlement-progress.ts'
export * from './what-follows.ts'
