import type { ChurnRiskRow, RiskBand } from '@perennial/contracts'
import { type ChurnRiskState, churnRiskFold, churnScore, dayMs, formatInstant } from '@perennial/domain'
import { defineProjector } from '@perennial/projector'

const round = (value: number, digits: number) => Number(value.toFixed(digits))

function row(memberId: string, state: ChurnRiskState, asOf: number): ChurnRiskRow {
  const score = churnScore(state, asOf)
  return {
    memberId,
    score: score === null ? null : round(score, 4),
    band: state.band,
    recencyDays: score === null ? null : round(Math.max(0, asOf - state.shopping.lastAt) / dayMs, 2),
    rhythmDays: score === null ? null : round(state.rhythm / dayMs, 2),
    asOf: formatInstant(asOf),
  }
}

export const churnRiskProjector = defineProjector<ChurnRiskState, ChurnRiskRow>({
  name: 'churn-risk',
  version: 1,
  fold: churnRiskFold,
  row,
  shown: (state) => ({ band: state.band, since: state.since === null ? null : formatInstant(state.since) }),
  filters: ['band'],
  tells: ['band'],
  transitions(before, after) {
    if (before?.band === after.band) return []
    return [
      {
        type: 'perennial.churn-risk.changed.v1',
        data: { before: before ? (before.band as RiskBand) : null, after: after.band as RiskBand, since: String(after.since) },
      },
    ]
  },
})
