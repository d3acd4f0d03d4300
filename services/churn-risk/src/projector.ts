import type { ChurnBasis, ChurnRiskRow, RiskBand } from '@perennial/contracts'
import { formatInstant, type ProgrammeVersions, silenceDaysAt } from '@perennial/domain'
import { defineProjector } from '@perennial/projector'
import { type ChurnRiskState, churnRiskFold, rhythmDaysOf } from './churn-risk-fold.ts'
import { drivers } from './drivers.ts'
import { riskAt } from './risk.ts'
import { riskRules } from './risk-rules.ts'
import { restore, save } from './saved-churn-risk.ts'

const round = (value: number, digits: number) => Number(value.toFixed(digits))

/** A member is known from the first event on. */
const since = (state: ChurnRiskState) => formatInstant(state.since as number)

function row(memberId: string, state: ChurnRiskState, asOf: number, versions: ProgrammeVersions): ChurnRiskRow {
  const { facts } = state.shopping
  const known = { memberId, band: state.band, since: since(state), shoppingDays: facts.days, asOf: formatInstant(asOf) }
  if (facts.days === 0) {
    const nothing = facts.purchases === 0 ? 'has not bought yet' : 'brought back everything'
    return { ...known, ...unscored, drivers: [nothing] }
  }
  const rules = riskRules(versions)(asOf)
  const { model, basis, horizonDays } = rules
  const member = { facts, engagement: state.engagement, rhythmDays: rhythmDaysOf(state, versions) }
  return {
    ...known,
    score: round(riskAt(member, asOf, rules), 4),
    horizonDays,
    basis,
    model: model?.model ?? null,
    modelAsOf: model ? formatInstant(model.asOf) : null,
    recencyDays: round(silenceDaysAt(facts, asOf), 2),
    rhythmDays: round(member.rhythmDays, 2),
    drivers: drivers(member, asOf, rules),
  }
}

const unscored = {
  score: null,
  horizonDays: null,
  basis: null,
  model: null,
  modelAsOf: null,
  recencyDays: null,
  rhythmDays: null,
} as const satisfies Partial<ChurnRiskRow>

export const churnRiskProjector = defineProjector<ChurnRiskState, ChurnRiskRow>({
  name: 'churn-risk',
  version: 2,
  models: ['ChurnModelFitted', 'RhythmMeasured'],
  fold: churnRiskFold,
  save,
  restore,
  row,
  shown: (state, _, versions) => ({
    band: state.band,
    since: since(state),
    basis: state.band === 'unknown' ? null : riskRules(versions)(state.since as number).basis,
  }),
  filters: ['band'],
  tells: ['band'],
  transitions(before, after) {
    if (before?.band === after.band) return []
    return [
      {
        type: 'perennial.churn-risk.changed.v1',
        data: {
          before: before ? (before.band as RiskBand) : null,
          after: after.band as RiskBand,
          since: String(after.since),
          basis: after.basis as ChurnBasis | null,
        },
      },
    ]
  },
})
