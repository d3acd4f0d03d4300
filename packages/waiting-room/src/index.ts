export * from './sqlite-waiting-room.ts'
export * from './waiting-room.ts'
