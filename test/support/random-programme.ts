import { type Programme, type ProgrammeInput, programmeSchema } from '@perennial/contracts'
import fc from 'fast-check'
import { levelNames } from './pools.ts'

type Points = ProgrammeInput['points']
type Rule = Points['earn'][number]
type Conditions = NonNullable<Extract<Rule, { per: unknown }>['when']>
type Tiers = ProgrammeInput['tiers']

const seldom = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 4 })
const periods = fc.constantFrom('P0D', 'P1D', 'P7D', 'P14D', 'P1M', 'P45D', 'P3M', 'P1Y')
const longPeriods = periods.filter((period) => period !== 'P0D')
const days = fc.constantFrom('2023-12-01', '2024-02-29', '2024-03-31', '2024-06-15', '2024-10-27', '2025-01-01', '2025-02-28')

/**
 * From 1 up: where multipliers are rounded one by one, none may take away. With few decimals: rates that are too fine
 * together to be exact cannot be published.
 */
const extraFactors = fc.constantFrom('1', '1.25', '1.5', '2', '1.3', '3')
const anyFactors = fc.oneof(extraFactors, fc.constantFrom('0', '0.35', '0.5', '0.9'))
/** So little below 1 that several of them added never come below 0. */
const gentleFactors = fc.oneof(extraFactors, fc.constantFrom('0.9', '0.85'))
const fineFactors = fc.constantFrom('1.333', '1.125')

const caps = fc.record({ times: fc.constantFrom(1, 1, 2), every: fc.constantFrom('day', 'week', 'month', 'year', 'ever') })

const shared = {
  tier: seldom(fc.constantFrom('silver', ['member', 'gold'], ['silver', 'platinum'])),
  birthday: seldom(fc.constantFrom('month', 'day')),
}

/** Few conditions at a time, so that rules apply often. */
const conditions: fc.Arbitrary<Conditions> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: fc.record({ category: fc.constantFrom('organic', ['organic', 'home'], ['home']) }) },
  { weight: 1, arbitrary: fc.record({ sku: fc.constantFrom('tea', ['oil', 'soap'], ['tea', 'oil']) }) },
  { weight: 1, arbitrary: fc.record({ orderNumber: fc.constantFrom(1, 2, 3, { every: 2 }, { every: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ channel: fc.constantFrom('web', ['web', 'shop']) }) },
  { weight: 1, arbitrary: fc.tuple(days, seldom(days)).map(inOrder) },
  {
    weight: 1,
    arbitrary: fc
      .record({
        ...shared,
        category: seldom(fc.constant('organic')),
        sku: seldom(fc.constant('tea')),
        channel: seldom(fc.constant('shop')),
      })
      .map(withoutUndefined),
  },
)

function inOrder([first, second]: [string, string | undefined]): Conditions {
  if (second === undefined) return { from: first }
  return first <= second ? { from: first, until: second } : { until: first }
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

const activityConditions = fc
  .record({ ...shared, activity: seldom(fc.constantFrom('review', ['visit', 'survey'])), from: seldom(days) })
  .map(withoutUndefined)

/** Rules without their names. */
const rulesWith = (factors: fc.Arbitrary<string>): fc.Arbitrary<Omit<Rule, 'name'>[]> => {
  const ofPurchase = { for: fc.constant('purchase' as const), when: conditions }
  const rate = fc.record({
    ...ofPurchase,
    per: fc.constantFrom('1.00', '0.30', '7', '5.00'),
    points: fc.integer({ min: 1, max: 5 }),
    cap: seldom(caps),
  })
  const base = fc.record({
    for: fc.constant('purchase' as const),
    per: fc.constantFrom('1.00', '0.30', '7', '5.00'),
    points: fc.integer({ min: 1, max: 5 }),
  })
  const multiplier = fc.record({ ...ofPurchase, multiply: factors, cap: seldom(caps) })
  const add = fc.constantFrom(1, 7, 50, 100)
  const flat = fc.record({ ...ofPurchase, add, cap: seldom(caps) })
  const activity = fc.record({ for: fc.constant('engagement' as const), when: activityConditions, add, cap: seldom(caps) })
  const exclusion = fc.record({
    ...ofPurchase,
    when: conditions.filter((when) => Object.keys(when).length > 0),
    exclude: fc.constant(true as const),
  })
  const more = fc.oneof(
    { weight: 2, arbitrary: rate.map(withoutUndefined) },
    { weight: 4, arbitrary: multiplier.map(withoutUndefined) },
    { weight: 3, arbitrary: flat.map(withoutUndefined) },
    { weight: 2, arbitrary: activity.map(withoutUndefined) },
    { weight: 1, arbitrary: exclusion },
  )
  return fc
    .tuple(
      fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 9, arbitrary: fc.array(base, { minLength: 1, maxLength: 2 }) }),
      fc.array(more, { minLength: 1, maxLength: 5 }),
    )
    .map(([bases, others]) => [...bases, ...others] as Omit<Rule, 'name'>[])
}

/** Names are unique within a version, and recur across versions. */
const ruleNames = fc.shuffledSubarray(['base', 'bonus', 'extra', 'first', 'organic', 'promotion', 'review', 'welcome'], { minLength: 8 })

const earning = fc
  .constantFrom(
    { per: 'line', multipliers: 'multiply' },
    { per: 'order', multipliers: 'multiply' },
    { per: 'order', multipliers: 'add' },
    { per: 'line', multipliers: 'best' },
    { per: 'rule', multipliers: 'multiply' },
    { per: 'rule', multipliers: 'add' },
    { per: 'rule', multipliers: 'best' },
  )
  .chain(({ per, multipliers }) => {
    const factors = per === 'rule' ? extraFactors : multipliers === 'add' ? gentleFactors : anyFactors
    return fc.record({
      rules: rulesWith(factors),
      names: ruleNames,
      tierFactors: fc.tuple(factors, fc.oneof(factors, fineFactors), factors, fineFactors),
      combine: fc.constant({ multipliers }),
      mode: fc.constantFrom('floor', 'half-up', 'half-even', 'ceil'),
      per: fc.constant(per),
    })
  })

const ends = fc.constantFrom('end-of-month', 'end-of-day')
const expiries: fc.Arbitrary<Points['expiry']> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ after: periods, at: ends }) },
  { weight: 3, arbitrary: fc.record({ inactivity: longPeriods, at: ends }) },
  { weight: 2, arbitrary: fc.record({ on: fc.constantFrom('12-31', '02-29', '03-31', '06-30'), yearsLater: fc.constantFrom(0, 1, 2) }) },
  { weight: 1, arbitrary: fc.constant('never' as const) },
)

const returns = fc.record({
  unmatched: fc.constantFrom('fifo-by-sku', 'base-rate', 'none'),
  debt: fc.constantFrom('carry', 'clamp'),
  reinstateExpired: fc.constantFrom('P0D', 'P7D', 'P1M', 'P1Y'),
})

const increasing = (length: number, max: number) =>
  fc.uniqueArray(fc.integer({ min: 1, max }), { minLength: length, maxLength: length }).map((numbers) => numbers.toSorted((a, b) => a - b))

const qualifying = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ metric: fc.constant('spend' as const), from: increasing(3, 400), fraction: fc.constantFrom('', '.5', '.005') }),
  },
  { weight: 1, arbitrary: fc.record({ metric: fc.constant('points' as const), from: increasing(3, 400), fraction: fc.constant('') }) },
  { weight: 1, arbitrary: fc.record({ metric: fc.constant('purchases' as const), from: increasing(3, 5), fraction: fc.constant('') }) },
)

const keeping = fc.constantFrom('end-of-next-year', 'P1D', 'P1M', 'P45D', 'P1Y')
const rolling = fc.constantFrom('P0D', 'P1D', 'P30D', 'P1M', 'P6M', 'P12M', 'P1Y').map((period) => ({ window: { rolling: period } }))
const lifetime = fc.constant({ window: { lifetime: true as const } })
const anew = fc.constantFrom({ window: { calendar: 'year' as const } }, { window: { anniversary: 'enrolment' as const } })

/** Windows that begin anew, and are looked at only then, would end a tier as it begins: it must be kept. */
const standing: fc.Arbitrary<Pick<Tiers, 'window' | 'upgrade' | 'keepUntil'>> = fc.oneof(
  fc.tuple(fc.oneof(rolling, lifetime), fc.record({ upgrade: upgrades(), keepUntil: fc.option(keeping, { nil: undefined }) })).map(join),
  fc.tuple(anew, fc.record({ upgrade: upgrades(), keepUntil: keeping })).map(join),
  fc.tuple(anew, fc.record({ upgrade: fc.constant('immediately' as const), keepUntil: fc.constant(undefined) })).map(join),
)

function upgrades() {
  return fc.constantFrom('immediately' as const, 'immediately' as const, 'at-evaluation' as const)
}

function join<A extends object, B extends object>([a, b]: [A, B]): A & { [K in keyof B]: Exclude<B[K], undefined> } {
  return { ...a, ...withoutUndefined(b) }
}

const tiers = fc.record({
  qualifying,
  standing,
  levelNames: fc.shuffledSubarray([...levelNames], { minLength: 1, maxLength: 4 }).map((names) => names.toSorted(byRank)),
  benefits: fc.boolean(),
  downgrade: fc.record({
    to: fc.constantFrom('one-down', 'earned'),
    grace: fc.constantFrom('P0D', 'P0D', 'P1D', 'P1M', 'P3M'),
    warnBefore: fc.constantFrom('P0D', 'P7D', 'P1M', 'P1Y'),
  }),
  onReturn: fc.constantFrom('recalculate', 'at-evaluation'),
})

type Name = (typeof levelNames)[number]
function byRank(a: Name, b: Name): number {
  return levelNames.indexOf(a) - levelNames.indexOf(b)
}

const lifecycle = fc
  .record({
    prior: fc.constantFrom('P10D', 'P60D', 'P2M', 'P1Y', 'P2D'),
    weight: fc.constantFrom(0.5, 1, 2, 2.5, 10),
    shortest: fc.constantFrom('P1D', 'P7D'),
    longest: fc.constantFrom('P30D', 'P180D', 'P1Y'),
    growingFrom: fc.integer({ min: 2, max: 3 }),
    loyalFrom: fc.integer({ min: 4, max: 6 }),
    after: fc.constantFrom([1.5, 3, 6], [0.5, 1, 1.7], [2, 2.25, 10], [0.0625, 0.125, 0.5]),
    hysteresis: fc.constantFrom(0, 0.25, 0.25, 1, 10),
    wonBackFor: fc.integer({ min: 1, max: 3 }),
    actions: fc.constantFrom(
      {},
      { new: 'welcome', 'at-risk': 'we-miss-you' },
      { loyal: 'thanks', lost: 'last-call', prospect: 'first-order' },
    ),
  })
  .map(({ prior, weight, shortest, longest, after, ...rest }) => ({
    rhythm: { prior, weight, shortest, longest },
    ...rest,
    atRiskAfter: after[0] as number,
    lapsedAfter: after[1] as number,
    lostAfter: after[2] as number,
  }))

/**
 * Shares that a risk by the member's own rhythm reaches at no whole millisecond: 0.8, say, is reached at exactly twice
 * `evenAt`, and whether it is there a millisecond earlier is a matter of rounding.
 */
const churnRisk = fc
  .record({
    horizon: fc.constantFrom('P7D', 'P90D', 'P90D', 'P1Y'),
    evenAt: fc.constantFrom(0.5, 2, 3.3),
    mediumFrom: fc.constantFrom(0.11, 0.25, 0.47),
    highFrom: fc.constantFrom(0.61, 0.91),
    criticalFrom: seldom(fc.constantFrom(0.93, 0.985)),
  })
  .map(withoutUndefined)

const value = fc.record({
  judgements: fc.constantFrom(
    { recencyToFrequency: '5', recencyToMonetary: '7', frequencyToMonetary: '3' },
    { recencyToFrequency: '1', recencyToMonetary: '1', frequencyToMonetary: '1' },
    { recencyToFrequency: '0.5', recencyToMonetary: '0.25', frequencyToMonetary: '0.5' },
  ),
  horizon: fc.constantFrom('P90D', 'P1Y', 'P3Y'),
  discountRate: fc.constantFrom('10%', '0.5%', '100%'),
  margin: fc.constantFrom('100%', '100%', '35%', '12.5%'),
})

const rules = fc
  .record({
    earning,
    minimumOrder: fc.constantFrom('0', '0', '0', '0', '10.00', '49.995', '100'),
    pending: periods,
    expiry: expiries,
    warnBefore: fc.constantFrom('P0D', 'P7D', 'P1Y', ['P30D', 'P7D'], ['P1M', 'P1D', 'P1M']),
    returns,
    tiers,
    lifecycle,
    churnRisk,
    value,
  })
  .map(({ earning, minimumOrder, pending, expiry, warnBefore, returns, tiers, lifecycle, churnRisk, value }) => ({
    points: {
      earn: earning.rules.map((rule, index) => ({ name: earning.names[index] as string, ...rule }) as Rule),
      combine: earning.combine,
      minimumOrder,
      rounding: { mode: earning.mode, per: earning.per },
      pending,
      expiry,
      warnBefore,
      returns,
    } as Points,
    tiers: {
      metric: tiers.qualifying.metric,
      ...tiers.standing,
      downgrade: tiers.downgrade,
      onReturn: tiers.onReturn,
      levels: tiers.levelNames.map((name, index) => ({
        name,
        from: index === 0 ? '0' : `${tiers.qualifying.from[index - 1]}${tiers.qualifying.fraction}`,
        multiply: earning.tierFactors[index] as string,
        ...(tiers.benefits && { benefits: [`${name}-gift`] }),
      })),
    } as Tiers,
    lifecycle,
    churnRisk,
    value,
  }))

const timeZones = fc.constantFrom('Europe/London', 'Europe/London', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC')
const firstDays = ['2000-01-01', '2000-01-01', '2000-01-01', '2023-12-01', '2024-03-31', '2024-06-15', '2024-10-27', '2025-01-01']

/** One to three versions of one programme; the first may take effect in the middle of the history. */
export const programmes: fc.Arbitrary<Programme[]> = fc
  .record({
    timeZone: timeZones,
    currency: fc.constantFrom(undefined, undefined, 'GBP'),
    versions: fc.uniqueArray(
      // Now and then a version moves to another time zone.
      fc.record({ effectiveFrom: fc.constantFrom(...firstDays), rules, movesTo: fc.option(timeZones, { nil: undefined, freq: 10 }) }),
      { minLength: 1, maxLength: 3, selector: ({ effectiveFrom }) => effectiveFrom },
    ),
  })
  .map(({ timeZone, currency, versions }) =>
    versions
      .toSorted((a, b) => (a.effectiveFrom < b.effectiveFrom ? -1 : 1))
      .map(({ effectiveFrom, rules, movesTo }, index) =>
        programmeSchema.parse({
          programme: 'random',
          version: index + 1,
          effectiveFrom,
          timeZone: movesTo ?? timeZone,
          ...(currency && { currency }),
          ...rules,
        }),
      ),
  )
