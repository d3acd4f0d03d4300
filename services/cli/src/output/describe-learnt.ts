import { type ChurnModelData, formatMoney, type RhythmData, type ValueModelData } from '@perennial/contracts'
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
  const title = `${pc.bold(titles[type])}, ${id}${known}: ${members(data.members)} as of ${toMinute(data.asOf)}`
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
    // Two better bases may have been left for one reason.
    ...[...new Set(fallbacks.map(({ because }) => because))].map((because) => `  ${sentence(because)}`),
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
          `  Tried on ${members(holdout.members)} as of ${toMinute(holdout.origin)}, of whom ${percent(holdout.bought)} bought: ` +
            `AUC ${holdout.used.auc.toFixed(4)} (plain recency ${holdout.recencyAuc.toFixed(4)}), ` +
            `Brier ${holdout.used.brier.toFixed(4)} (knowing nothing but that share ${(holdout.bought * (1 - holdout.bought)).toFixed(4)}).`,
          '',
          table(
            [' band', 'members', 'risk foretold', 'churned', ''],
            holdout.bands.map((group) => [
              group.band,
              group.members,
              percent(group.foretold),
              percent(group.observed),
              group.members < judgedFrom ? 'too few to judge' : '',
            ]),
          ),
        ]
      : []),
  ]
}

/** A share of fewer members says little: at 20, one standard error is as much as 11 points. */
const judgedFrom = 20

const bases = {
  calibrated: 'a model with the calibration layer',
  model: 'a model alone',
  'own-rhythm': "the member's own rhythm",
} as const

function describeRhythm({ gapDays, repeatBuyers }: RhythmData): string[] {
  if (!gapDays) return [`  Only ${members(repeatBuyers)} came back: too few to measure by; the programme's prior counts.`]
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
        ['shopping days', ...cutPoints.shoppingDays.map(count)],
        ...Object.entries(cutPoints.netSpend).map(([currency, cuts]) => [
          `net spend, ${currency}`,
          ...cuts.map((cut) => formatMoney(cut, currency)),
        ]),
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
    ...refused.map((because) => `  ${sentence(because)}`),
  ]
}

/** `1 member`, `4,328 members`. */
export function members(number: number): string {
  return `${count(number)} ${number === 1 ? 'member' : 'members'}`
}

/** Reasons are stored as half sentences, or as several. */
function sentence(reason: string): string {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}${/[.:]$/.test(reason) ? '' : '.'}`
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
