export * from './dependencies.ts'
export * from './operation-routes.ts'
export * from './operations.ts'
export * from './serve.ts'
