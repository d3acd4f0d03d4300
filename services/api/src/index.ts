export * from './api.ts'
export * from './build-api.ts'
export * from './dependencies.ts'
export * from './openapi/document.ts'
