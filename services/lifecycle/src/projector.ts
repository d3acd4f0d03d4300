import { formatMoney, type LifecycleRow } from '@perennial/contracts'
import { dayMs, formatInstant, type ProgrammeVersions, rhythmInForce } from '@perennial/domain'
import { defineProjector } from '@perennial/projector'
import { actionOf, announceChanges, showChanges } from './announced-changes.ts'
import { because } from './because.ts'
import { type LifecycleState, lifecycleFold } from './lifecycle-fold.ts'
import { restore, save } from './saved-lifecycle.ts'
import type { StageChange } from './stage-changes.ts'

/** A member of whom anything is known is in a stage. */
const lastChange = ({ changes }: LifecycleState) => changes.at(-1) as StageChange

function row(memberId: string, state: LifecycleState, asOf: number, versions: ProgrammeVersions): LifecycleRow {
  const { facts } = state.shopping
  const change = lastChange(state)
  const shops = facts.days > 0
  return {
    memberId,
    stage: change.stage,
    since: formatInstant(change.at),
    reason: change.reason,
    because: because(change),
    action: actionOf(change, versions),
    shoppingDays: facts.days,
    rhythmDays: shops ? Number((rhythmInForce(facts, versions) / dayMs).toFixed(2)) : null,
    purchases: facts.purchases,
    firstPurchaseAt: shops ? formatInstant(facts.firstAt) : null,
    lastPurchaseAt: shops ? formatInstant(facts.lastAt) : null,
    netSpend: formatMoney(facts.gross - facts.returned, facts.currency ?? ''),
    currency: facts.currency,
    asOf: formatInstant(asOf),
  }
}

export const lifecycleProjector = defineProjector<LifecycleState, LifecycleRow>({
  name: 'lifecycle',
  version: 2,
  models: ['RhythmMeasured'],
  fold: lifecycleFold,
  save,
  restore,
  row,
  shown(state, _, versions) {
    const { stage, at } = lastChange(state)
    return { stage, since: formatInstant(at), changes: showChanges(state.changes, versions) }
  },
  filters: ['stage'],
  tells: ['stage'],
  transitions: announceChanges,
})
