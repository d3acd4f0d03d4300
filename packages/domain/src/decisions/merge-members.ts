import { type CommandOf, type Decided, refuse } from './decision.ts'
import type { Standing } from './standing.ts'

/** Two accounts are one person: from now on this member's history counts for the other one. */
export function mergeMembers({ memberId }: Standing, { into, by, reason }: CommandOf<'merge'>): Decided<'MergedInto'> {
  if (into === memberId) return refuse('same-member')
  return { type: 'MergedInto', data: { into, by, ...(reason !== undefined && { reason }) } }
}

/** They were two people after all: each has its own history again. */
export function undoMerge({ merges }: Standing, { merge: id, by, reason }: CommandOf<'undo-merge'>): Decided<'MergeUndone'> {
  const merge = merges.find((candidate) => candidate.id === id)
  if (!merge) return refuse('merge-unknown', `No merge "${id}".`)
  if (merge.undone) return refuse('merge-over')
  return { type: 'MergeUndone', data: { merge: id, by, ...(reason !== undefined && { reason }) } }
}
