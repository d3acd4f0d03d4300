import type { ProgrammeVersions } from '../programme/versions.ts'
import { dayMs } from '../time/calendar.ts'
import { rhythmOf } from './rhythm.ts'
import type { ShoppingFacts } from './shopping-facts.ts'

/**
 * The member's rhythm in whole milliseconds, by the programme and the shop's rhythm that were in force when the silence
 * began: what is measured later, judges later silences. At least one shopping day.
 */
export function rhythmInForce(facts: ShoppingFacts, versions: ProgrammeVersions): number {
  const { rhythm } = versions.judging(facts.lastAt)
  const gapDays = versions.learnt.rhythm.inForce(facts.lastAt)?.gapDays ?? null
  return rhythmOf(facts, gapDays === null ? rhythm : { ...rhythm, priorMs: gapDays * dayMs })
}
