export * from './dead-letters.ts'
export * from './sqlite-dead-letters.ts'
