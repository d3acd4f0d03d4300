import { openHold } from './capture-hold.ts'
import type { CommandOf, Decided } from './decision.ts'
import type { Standing } from './standing.ts'

/** The order came to nothing: all points of the hold are given back. */
export function releaseHold(standing: Standing, { hold: id }: CommandOf<'release'>): Decided<'HoldReleased'> {
  const hold = openHold(standing, id)
  return 'refused' in hold ? hold : { type: 'HoldReleased', data: { hold: id } }
}
