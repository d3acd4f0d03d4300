/** A PostgreSQL that keeps its commits on disk, in a process of its own. It ends, and leaves nothing, when its input does. */
import { startPostgres } from '../support/postgres.ts'

const ended = new Promise<void>((resolve) => process.stdin.resume().once('end', () => resolve()))
const postgres = await startPostgres({ durable: true })
console.log(`PostgreSQL answers at ${postgres.url}`)
await ended
await postgres.remove()
process.exit(0)
