import type { DeadLetters, NewDeadLetter } from '@perennial/dead-letters'
import { type Opening, openFrom } from './place.ts'

/** A process that keeps dead letters beside another one that refuses the same, in the opposite order. */
const { opening, name, rounds, lettersEach } = JSON.parse(process.argv[2] ?? '{}') as {
  opening: Opening
  name: string
  rounds: number
  lettersEach: number
}
const deadLetters = await openFrom<DeadLetters>(opening)

const letters = Array.from({ length: lettersEach }, (_, n): NewDeadLetter => {
  return { bytes: Uint8Array.of(n, 0xff), code: 'invalid-json', message: '', faults: [], origin: name, key: null, refusedAt: n }
})
if (name === 'two') letters.reverse()
for (let round = 0; round < rounds; round++) await deadLetters.keep(letters)
await deadLetters.close()
