import { type Fault, PerennialError, type Programme } from '@perennial/contracts'
import { nominalMs } from '../time/calendar.ts'
import { consistencyRatio, consistencyRatioMax, consistentRecencyToMonetary, judgementMax, judgementMin } from './ahp.ts'
import { checkEarnRules } from './check-earn-rules.ts'
import { checkExamples } from './check-examples.ts'
import { amountFault } from './faults.ts'
import { compileRules } from './rules.ts'

/**
 * What a programme's schema cannot see, or must not refuse because a version that was published long ago may have it:
 * asked before a version is published, rather than found in the fold of every member.
 */
export function checkProgramme(programme: Programme): Fault[] {
  return [
    ...checkEarnRules(programme),
    ...checkAmounts(programme),
    ...checkRedeeming(programme),
    ...checkTiers(programme),
    ...checkRhythm(programme),
    ...checkJudgements(programme),
    ...checkExamples(programme),
    ...checkRates(programme),
  ]
}

/** Amounts that the currency has no coins for. */
function checkAmounts({ currency, points, tiers }: Programme): Fault[] {
  if (currency === undefined) return []
  const amounts = [
    ...points.earn.flatMap((rule, index) => ('per' in rule ? [{ field: `points.earn[${index}].per`, amount: rule.per }] : [])),
    { field: 'points.minimumOrder', amount: points.minimumOrder },
    // What is usual is exact everywhere: where there are no hundredths, a hundred points pay one.
    ...(points.redeem.worth === '0.01' ? [] : [{ field: 'points.redeem.worth', amount: points.redeem.worth }]),
    ...(tiers.metric === 'spend' ? tiers.levels.map(({ from }, index) => ({ field: `tiers.levels[${index}].from`, amount: from })) : []),
  ]
  return amounts.flatMap(({ field, amount }) => {
    const message = amountFault(amount, currency)
    return message === undefined ? [] : [{ field, message }]
  })
}

function checkRedeeming({ points: { redeem } }: Programme): Fault[] {
  const faults: Fault[] = []
  if (redeem.perDay !== undefined && redeem.perDay < redeem.block) {
    faults.push({ field: 'points.redeem.perDay', message: `expected at least ${redeem.block}: otherwise not one block can be spent` })
  }
  if (!/[1-9]/.test(redeem.holdFor)) faults.push({ field: 'points.redeem.holdFor', message: 'expected at least a minute' })
  return faults
}

/** More rhythms of silence than anybody lives. */
const rhythmsMax = 10_000

function checkRhythm({ lifecycle }: Programme): Fault[] {
  const { shortest, longest } = lifecycle.rhythm
  const thresholds = (['atRiskAfter', 'lapsedAfter', 'lostAfter'] as const).filter((name) => lifecycle[name] > rhythmsMax)
  return [
    ...(nominalMs(shortest) <= nominalMs(longest)
      ? []
      : [{ field: 'lifecycle.rhythm.shortest', message: `expected at most longest, ${longest}` }]),
    ...thresholds.map((name) => ({ field: `lifecycle.${name}`, message: `expected at most ${rhythmsMax} rhythms` })),
  ]
}

function checkTiers({ tiers }: Programme): Fault[] {
  const faults: Fault[] = []
  if (tiers.metric !== 'spend') {
    tiers.levels.forEach(({ from }, index) => {
      if (Number.isInteger(Number(from))) return
      faults.push({ field: `tiers.levels[${index}].from`, message: `expected a whole number of ${tiers.metric}` })
    })
  }
  const beginsAnew = 'calendar' in tiers.window || 'anniversary' in tiers.window
  if (tiers.upgrade === 'at-evaluation' && beginsAnew && tiers.keepUntil === undefined) {
    const message = 'missing; with upgrade: at-evaluation a tier is reached when the window begins anew, and would end at once'
    faults.push({ field: 'tiers.keepUntil', message })
  }
  return faults
}

/** Judgements that contradict each other weigh nothing. */
function checkJudgements({ value: { judgements } }: Programme): Fault[] {
  const ratio = consistencyRatio(judgements)
  if (ratio <= consistencyRatioMax) return []
  const { exactly, from, to } = consistentRecencyToMonetary(judgements)
  // Rounded towards what is consistent, so that what is named here is accepted.
  const least = Math.ceil(Math.max(from, judgementMin) * 1000) / 1000
  const most = Math.floor(Math.min(to, judgementMax) * 1000) / 1000
  const { recencyToFrequency, frequencyToMonetary } = judgements
  const consistent = least <= most ? `and ${least} to ${most} is consistent` : 'and nothing from 0.112 to 9 is consistent with both'
  return [
    {
      field: 'value.judgements',
      message:
        `the judgements contradict each other: consistency ratio ${ratio.toFixed(3)}, expected at most ${consistencyRatioMax}; ` +
        `recencyToFrequency ${recencyToFrequency} and frequencyToMonetary ${frequencyToMonetary} make ` +
        `recencyToMonetary ${Number(exactly.toFixed(3))}, ${consistent}`,
    },
  ]
}

/** Rates that are too fine to be exact. */
function checkRates(programme: Programme): Fault[] {
  try {
    const rules = compileRules(programme)
    for (const currency of programme.currency === undefined ? currencyPerDigits : [programme.currency]) rules.in(currency).earn.tryAll()
    return []
  } catch (error) {
    if (!(error instanceof PerennialError && error.code === 'sum-too-large')) throw error
    return [
      { field: 'points.earn', message: 'the rates together are too fine to be exact; use fewer decimals in per, multiply and the levels' },
    ]
  }
}

/** One currency for each number of digits that ISO 4217 knows. */
const currencyPerDigits = ['JPY', 'GBP', 'KWD', 'CLF']
