import { formatMoney, type ValueRow } from '@perennial/contracts'
import { formatInstant, type ProgrammeVersions, silenceDaysAt, type ValueModel } from '@perennial/domain'
import { defineProjector } from '@perennial/projector'
import { rfmScores } from './rfm-scores.ts'
import { restoreValue, saveValue, type ValueState, valueFold } from './value-fold.ts'
import { type ValueTerms, valueTerms, weightedValue } from './value-terms.ts'

function row(memberId: string, state: ValueState, asOf: number, versions: ProgrammeVersions): ValueRow {
  const { facts } = state.shopping
  const model = versions.learnt.value.inForce(asOf)
  const terms = valueTerms(versions.judging(asOf).programme)
  const scores = rfmScores(facts, model, asOf)
  return {
    memberId,
    recency: scores?.recency ?? null,
    frequency: scores?.frequency ?? null,
    monetary: scores?.monetary ?? null,
    segment: state.segment,
    since: formatInstant(state.since as number),
    value: weightedValue(scores, terms),
    lifetimeValue: lifetimeValue(state, model, asOf, terms),
    netSpend: formatMoney(facts.gross - facts.returned, facts.currency ?? ''),
    currency: facts.currency,
    basis: model ? 'fitted' : 'not-fitted',
    modelAsOf: model ? formatInstant(model.asOf) : null,
    asOf: formatInstant(asOf),
  }
}

/** What the shop keeps of the net spend that is still to come, as money; rounded half up to the minor unit. */
function lifetimeValue({ shopping: { facts } }: ValueState, model: ValueModel | undefined, asOf: number, terms: ValueTerms): string | null {
  if (facts.days === 0 || !model) return null
  const netSpend = model.lifetimeValue(facts, silenceDaysAt(facts, asOf), terms)
  return netSpend === null ? null : formatMoney(Math.round(netSpend * terms.margin), facts.currency ?? '')
}

export const valueProjector = defineProjector<ValueState, ValueRow>({
  name: 'value',
  version: 1,
  models: ['ValueModelFitted'],
  fold: valueFold,
  save: saveValue,
  restore: restoreValue,
  row,
  shown: ({ segment, since }) => ({ segment, since: formatInstant(since as number) }),
  filters: ['segment'],
  tells: ['segment'],
  transitions(before, after) {
    // A member of whom there is nothing to say yet is no news.
    if ((before?.segment ?? 'unknown') === after.segment) return []
    return [
      {
        type: 'perennial.value.changed.v1',
        data: {
          before: before ? (before.segment as ValueRow['segment']) : null,
          after: after.segment as ValueRow['segment'],
          since: String(after.since),
        },
      },
    ]
  },
})
