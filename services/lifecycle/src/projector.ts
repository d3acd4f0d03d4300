import { formatMoney, type LifecycleRow, type LifecycleStage } from '@perennial/contracts'
import { formatInstant, type LifecycleState, lifecycleFold } from '@perennial/domain'
import { defineProjector } from '@perennial/projector'

function row(memberId: string, state: LifecycleState, asOf: number): LifecycleRow {
  const { shopping } = state
  return {
    memberId,
    stage: state.stage as LifecycleStage,
    since: formatInstant(state.since),
    purchases: state.purchases,
    firstPurchaseAt: shopping.count > 0 ? formatInstant(shopping.firstAt) : null,
    lastPurchaseAt: shopping.count > 0 ? formatInstant(shopping.lastAt) : null,
    netSpend: formatMoney(state.netSpend, state.currency ?? ''),
    currency: state.currency,
    asOf: formatInstant(asOf),
  }
}

export const lifecycleProjector = defineProjector<LifecycleState, LifecycleRow>({
  name: 'lifecycle',
  version: 1,
  fold: lifecycleFold,
  row,
  shown: (state) => ({ stage: state.stage, since: formatInstant(state.since) }),
  filters: ['stage'],
  tells: ['stage'],
  transitions(before, after) {
    if (before?.stage === after.stage) return []
    return [
      {
        type: 'perennial.lifecycle.changed.v1',
        data: {
          before: before ? (before.stage as LifecycleStage) : null,
          after: after.stage as LifecycleStage,
          since: String(after.since),
        },
      },
    ]
  },
})
