import type { ChurnModelData, RhythmData, ValueModelData } from '@perennial/contracts'
import type { Learnt } from '@perennial/learning'
import pc from 'picocolors'
import { toMinute } from './instant.ts'
import { count, table } from './table.ts'

/** What was learnt from the shop, for people. */
export function describeLearnt(learnt: readonly Learnt[]): string {
  return learnt.map(describeOne).join('\n\n')
}

function describeOne({ type, data, id, isNew }: Learnt): string {
  const known = isNew ? '' : ' (known before)'
  const title = `${pc.bold(titles[type])}, ${id}${known}: ${count(data.members)} members as of ${toMinute(data.asOf)}`
  const lines = type === 'ChurnModelFitted' ? describeChurn(data) : type === 'RhythmMeasured' ? describeRhythm(data) : describeValue(data)
  return [title, ...lines].join('\n')
}

const titles = { ChurnModelFitted: 'Churn model', RhythmMeasured: 'Rhythm of the shop', ValueModelFitted: 'Value model' } as const

/** The churn model that is in force, or has just been fitted. */
export function describeChurn(data: ChurnModelData): string[] {
  const { holdout, candidates, fallbacks, calibration } = data
  const tried = candidates.map(({ model, parameters, logLikelihood, holdout: accuracy, refused }) => [
    model === data.model ? pc.bold(model) : model,
    Object.entries(parameters)
      .map(([name, value]) => `${name} ${significant(value)}`)
      .join(', '),
    logLikelihood.toFixed(1),
    accuracy ? accuracy.auc.toFixed(4) : '-',
    accuracy ? accuracy.logLoss.toFixed(4) : '-',
    refused ?? '',
  ])
  return [
    `  Basis: ${bases[data.basis]}${data.model === null ? '' : `, ${data.model}`}; chance of a purchase within ${data.horizonDays} days.`,
    ...fallbacks.map(({ because }) => `  ${because}`),
    ...(candidates.length > 0 ? ['', table([' model', 'parameters', 'log-likelihood', 'AUC', 'log-loss', ''], tried)] : []),
    ...(calibration
      ? [
          '',
          '  Calibration layer: ' +
            [['intercept', calibration.intercept] as const, ...Object.entries(calibration.weights)]
              .filter(([, weight]) => weight !== 0)
              .map(([feature, weight]) => `${feature} ${significant(weight)}`)
              .join(', '),
        ]
      : []),
    ...(holdout
      ? [
          '',
          `  Tried on ${count(holdout.members)} members as of ${toMinute(holdout.origin)}, of whom ${percent(holdout.bought)} bought: ` +
            `AUC ${holdout.used.auc.toFixed(4)} (plain recency ${holdout.recencyAuc.toFixed(4)}), ` +
            `Brier ${holdout.used.brier.toFixed(4)} (base rate ${(holdout.bought * (1 - holdout.bought)).toFixed(4)}).`,
          '',
          table(
            [' band', 'members', 'risk foretold', 'churned'],
            holdout.bands.map(({ band, members, foretold, observed }) => [band, members, percent(foretold), percent(observed)]),
          ),
        ]
      : []),
  ]
}

const bases = {
  calibrated: 'a model with the calibration layer',
  model: 'a model alone',
  'own-rhythm': "the member's own rhythm",
} as const

function describeRhythm({ gapDays, repeatBuyers }: RhythmData): string[] {
  if (!gapDays) return [`  Only ${count(repeatBuyers)} members came back: too few to measure by; the programme's prior counts.`]
  const { p10, p25, p50, p75, p90 } = gapDays
  return [
    `  Of ${count(repeatBuyers)} members who came back, half shop every ${days(p25)} to ${days(p75)} days, in the median every ${days(p50)};` +
      ` one in ten more often than every ${days(p10)}, one in ten less often than every ${days(p90)}.`,
  ]
}

function describeValue({ cutPoints, timing, spend, refused }: ValueModelData): string[] {
  const rows = cutPoints
    ? [
        ['silence, days', ...cutPoints.silenceDays.map((value) => value.toFixed(1))],
        ['shopping days', ...cutPoints.shoppingDays.map(String)],
        ...Object.entries(cutPoints.netSpend).map(([currency, cuts]) => [`net spend, minor units of ${currency}`, ...cuts.map(String)]),
      ]
    : []
  const fitted = (name: string, parameters: Readonly<Record<string, number>>) =>
    `  ${name}: ${Object.entries(parameters)
      .map(([parameter, value]) => `${parameter} ${significant(value)}`)
      .join(', ')}`
  return [
    ...(rows.length > 0 ? [table([' cut points', '20 %', '40 %', '60 %', '80 %'], rows)] : []),
    ...(timing ? [fitted(`When they buy, ${timing.model}`, timing.parameters)] : []),
    ...Object.entries(spend).map(([currency, { parameters }]) => fitted(`What they spend, gamma-gamma, ${currency}`, parameters)),
    ...refused.map((sentence) => `  ${sentence}`),
  ]
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function days(value: number): string {
  return String(Number(value.toFixed(1)))
}

function significant(value: number): string {
  return String(Number(value.toPrecision(4)))
}
