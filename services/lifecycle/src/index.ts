export * from './projector.ts'
