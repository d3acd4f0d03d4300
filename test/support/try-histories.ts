import { isDeepStrictEqual } from 'node:util'
import type { Programme } from '@perennial/contracts'
import type { MemberEvent } from '@perennial/domain'
import fc from 'fast-check'
import { type Dice, diceOf } from './dice.ts'
import { type Folding, foldingOf } from './folded-rows.ts'
import { runs } from './property.ts'
import { programmes } from './random-programme.ts'
import { randomStream } from './random-stream.ts'

export interface Trial {
  programmes: Programme[]
  folding: Folding
  dice: Dice
}

/** Says what is wrong with a member's stream; undefined where nothing is. */
export type Judge = (stream: readonly MemberEvent[]) => string | undefined

const historiesPerProgramme = 20

/**
 * Tries random histories, twenty under each random programme. One that fails is told as small as it gets: fast-check
 * makes the programme smaller, and of the history every event is dropped without which it still fails.
 *
 * @param judgeOf is called for each history with dice of its own; what it draws stays while the history gets smaller
 * @returns how many histories were tried
 */
export function tryHistories(count: number, judgeOf: (trial: Trial, stream: readonly MemberEvent[]) => Judge): number {
  let tried = 0
  fc.assert(
    fc.property(programmes, fc.noShrink(fc.nat()), (versions, firstSeed) => {
      const folding = foldingOf(versions)
      for (let seed = firstSeed; seed < firstSeed + historiesPerProgramme; seed++) {
        tried++
        const dice = diceOf(seed)
        const stream = randomStream(dice)
        const judge = safely(judgeOf({ programmes: versions, folding, dice }, stream))
        if (judge(stream) === undefined) continue
        const small = smallest(stream, judge)
        throw new Error(`${judge(small)}\n\n${tell(versions, small)}`)
      }
    }),
    runs(count / historiesPerProgramme),
  )
  return tried
}

/** Whoever throws is wrong too. */
function safely(judge: Judge): Judge {
  return (stream) => {
    try {
      return judge(stream)
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error)
    }
  }
}

function smallest(stream: readonly MemberEvent[], judge: Judge): readonly MemberEvent[] {
  for (let index = 0; index < stream.length; index++) {
    const less = stream.toSpliced(index, 1)
    if (less.length > 0 && judge(less) !== undefined) return smallest(less, judge)
  }
  return stream
}

function tell(versions: readonly Programme[], stream: readonly MemberEvent[]): string {
  const programmes = versions.map(({ lifecycle: _, churnRisk: __, ...rules }) => JSON.stringify(rules))
  const events = stream.map(({ occurredAt, type, source, id, revision, data }) => {
    return `${instant(occurredAt)} ${type} ${source} ${id} revision ${revision} ${JSON.stringify(data)}`
  })
  return [...programmes, ...events].join('\n')
}

export function instant(at: number): string {
  return new Date(at).toISOString()
}

/** What differs between two rows, field by field; undefined where they are the same. */
export function differences(expected: object | undefined, found: object | undefined): string | undefined {
  if (isDeepStrictEqual(expected, found)) return undefined
  const [a, b] = [expected, found].map((row) => (row ?? {}) as Record<string, unknown>) as [
    Record<string, unknown>,
    Record<string, unknown>,
  ]
  const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((field) => !isDeepStrictEqual(a[field], b[field]))
  const lines = fields.map((field) => `  ${field}: expected ${JSON.stringify(a[field])}, found ${JSON.stringify(b[field])}`)
  return [...lines, `  expected ${JSON.stringify(expected)}`, `  found    ${JSON.stringify(found)}`].join('\n')
}
