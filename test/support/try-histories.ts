import { isDeepStrictEqual } from 'node:util'
import type { Programme } from '@perennial/contracts'
import type { MemberEvent } from '@perennial/domain'
import fc from 'fast-check'
import { type LearntFromShop, nothingLearnt } from '../reference/learnt.ts'
import { type Dice, diceOf } from './dice.ts'
import { type Folding, foldingOf } from './folded-rows.ts'
import { runs } from './property.ts'
import { randomLearnt } from './random-models.ts'
import { programmes } from './random-programme.ts'
import { randomShopping, randomStream } from './random-stream.ts'

export interface Trial {
  programmes: Programme[]
  learnt: LearntFromShop
  folding: Folding
  dice: Dice
}

/** Says what is wrong with a member's stream; undefined where nothing is. */
export type Judge = (stream: readonly MemberEvent[]) => string | undefined

const historiesPerProgramme = 20

/** What kind of histories are tried: under which models, and what of the rules is told where one fails. */
interface Kind {
  learnt(dice: Dice): LearntFromShop
  stream(dice: Dice): MemberEvent[]
  tells(programme: Programme): object
}

/** Facts and decisions, for whoever asks about points and tiers. */
const ofPoints: Kind = {
  learnt: () => nothingLearnt,
  stream: randomStream,
  tells: ({ lifecycle: _, churnRisk: __, value: ___, ...rules }) => rules,
}

/** How a member shops, under models learnt from the shop. */
export const ofShopping: Kind = {
  learnt: randomLearnt,
  stream: randomShopping,
  tells: ({ points: _, tiers: __, ...rules }) => rules,
}

/**
 * Tries random histories, twenty under each random programme. One that fails is told as small as it gets: fast-check
 * makes the programme smaller, and of the history every event is dropped without which it still fails.
 *
 * @param judgeOf is called for each history with dice of its own; what it draws stays while the history gets smaller
 * @returns how many histories were tried
 */
export function tryHistories(
  count: number,
  judgeOf: (trial: Trial, stream: readonly MemberEvent[]) => Judge,
  kind: Kind = ofPoints,
): number {
  let tried = 0
  fc.assert(
    fc.property(programmes, fc.noShrink(fc.nat()), (versions, firstSeed) => {
      const learnt = kind.learnt(diceOf(firstSeed))
      const folding = foldingOf(versions, learnt)
      for (let seed = firstSeed; seed < firstSeed + historiesPerProgramme; seed++) {
        tried++
        const dice = diceOf(seed)
        const stream = kind.stream(dice)
        const judge = safely(judgeOf({ programmes: versions, learnt, folding, dice }, stream))
        if (judge(stream) === undefined) continue
        const small = smallest(stream, judge)
        throw new Error(`${judge(small)}\n\n${tell(kind, versions, learnt, small)}`)
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

function tell({ tells }: Kind, versions: readonly Programme[], learnt: LearntFromShop, stream: readonly MemberEvent[]): string {
  const programmes = versions.map((version) => JSON.stringify(tells(version)))
  const models = Object.values(learnt).flatMap((ofOneKind: LearntFromShop[keyof LearntFromShop]) =>
    ofOneKind.map((model) => `${instant(model.asOf)} ${JSON.stringify(model)}`),
  )
  const events = stream.map(({ occurredAt, type, source, id, revision, data }) => {
    return `${instant(occurredAt)} ${type} ${source} ${id} revision ${revision} ${JSON.stringify(data)}`
  })
  return [...programmes, ...models, ...events].join('\n')
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
