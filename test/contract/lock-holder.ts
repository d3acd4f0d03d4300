import type { Locks } from '@perennial/runtime'
import { type Opening, openFrom } from './place.ts'

/** A process that holds a lock until its input ends, and says a word whenever something becomes of it. */
const { opening, lock: name } = JSON.parse(process.argv[2] ?? '{}') as { opening: Opening; lock: string }
const locks = await openFrom<Locks>(opening)
const lock = await locks.tryLock(name)
console.log(lock ? 'held' : 'refused')
lock?.lost.addEventListener('abort', () => console.log('lost'))
process.stdin.resume().on('end', async () => {
  await lock?.release()
  console.log('released')
  process.exit()
})
