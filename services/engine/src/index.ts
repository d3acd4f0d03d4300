export * from './composition.ts'
export * from './engine.ts'
export * from './infrastructure.ts'
