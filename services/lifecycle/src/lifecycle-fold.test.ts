import { describe, expect, test } from '@jest/globals'
import type { LifecycleStage, Programme } from '@perennial/contracts'
import { dayMs, learnt, type MemberEvent, nothingLearnt, programmeVersions } from '@perennial/domain'
import { keepsTheLawsOfFolds } from '../../../packages/domain/src/testing/fold-laws.ts'
import {
  bought,
  broughtBack,
  decided,
  enrolled,
  given,
  instant,
  line,
  shop,
  wroteReview,
} from '../../../packages/domain/src/testing/given.ts'
import { because } from './because.ts'
import { lifecycleFold, stageOf } from './lifecycle-fold.ts'
import { restore, save } from './saved-lifecycle.ts'
import type { StageChange } from './stage-changes.ts'

const first = '2025-01-01'
/** So many days after the first purchase of these stories. */
const day = (days: number) => new Date(instant(first) + days * dayMs).toISOString()
const buy = (days: number, orderId = `o${days}`) => bought(day(days), orderId, '10.00')
const back = (days: number, orderId: string, amount = '10.00') => broughtBack(day(days), `r-${orderId}-${days}`, orderId, amount)
const gone = (days: number, of: number) => back(days, `o${of}`)

/** Every gap that is seen is 30 days, as the programme's prior is, so the rhythm stays 30 days. */
const monthly = (count: number) => Array.from({ length: count }, (_, index) => buy(index * 30))

/** The last changes of stage, and the day of each. */
function told(events: MemberEvent[], until: number, ...programmes: Programme[]): string[] {
  const { state } = given(...events)
    .under(...(programmes.length > 0 ? programmes : [shop()]))
    .when(lifecycleFold, day(until))
  return state.changes.map(({ stage, at }) => `${stage} ${(at - instant(first)) / dayMs}`)
}
const stageAfter = (events: MemberEvent[], until: number, ...programmes: Programme[]) => told(events, until, ...programmes).at(-1)
function lastChange(events: MemberEvent[], until: number): StageChange {
  return given(...events)
    .when(lifecycleFold, day(until))
    .state.changes.at(-1) as StageChange
}

describe('a member comes along', () => {
  test.each([
    ['joining', enrolled(first)],
    ['reviewing', wroteReview(first)],
    ['bringing back what nobody bought', back(0, 'elsewhere')],
    ['what somebody decided', decided(first, 'k1', 'PointsAdjusted', { points: 5, reason: 'welcome', by: 'eve' })],
  ])('as a prospect by %s, and stays one', (_, event) => {
    expect(told([event], 2_000)).toEqual(['prospect 0'])
    expect(lastChange([event], 0)).toMatchObject({ reason: 'joined' })
  })

  test('as a prospect, where the first order had been given back before it came in', () => {
    expect(told([back(0, 'o1'), bought(day(1), 'o1', '10.00')], 2_000)).toEqual(['prospect 0'])
  })

  test('as new with the first purchase, without having been a prospect', () => {
    expect(told([buy(0)], 0)).toEqual(['new 0'])
    expect(lastChange([buy(0)], 0)).toMatchObject({ reason: 'purchase' })
    expect(told([enrolled(day(0)), buy(4)], 4)).toEqual(['prospect 0', 'new 4'])
  })

  test.each([
    [1, 'new'],
    [2, 'growing'],
    [4, 'growing'],
    [5, 'loyal'],
    [9, 'loyal'],
  ])('after %d shopping days: %s', (count, stage) => {
    expect(stageAfter(monthly(count), 30 * (count - 1))).toMatch(new RegExp(`^${stage} `))
  })

  test('and two purchases on one day are one shopping day', () => {
    expect(told([buy(0, 'o1'), buy(0.1, 'o2')], 1)).toEqual(['new 0'])
  })

  test('and a stage is dated from when it was entered, not from the last purchase', () => {
    expect(stageAfter(monthly(8), 210)).toBe('loyal 120')
  })

  test('and the thresholds are those of the programme that is in force at the purchase', () => {
    const stricter = shop({ version: 2, effectiveFrom: '2025-02-15', lifecycle: { growingFrom: 4, loyalFrom: 6 } })
    expect(told(monthly(4), 90, shop(), stricter)).toEqual(['new 0', 'growing 30', 'new 60', 'growing 90'])
  })
})

describe('a member goes quiet, by the member’s own rhythm of 30 days', () => {
  test.each([
    [30, 'growing 30'],
    [74.999, 'growing 30'],
    [75, 'at-risk 75'],
    [119.999, 'at-risk 75'],
    [120, 'lapsed 120'],
    [209.999, 'lapsed 120'],
    [210, 'lost 210'],
    [5_000, 'lost 210'],
  ])('on day %d, thirty days after the second purchase and on: %s', (days, stage) => {
    expect(stageAfter(monthly(2), days)).toBe(stage)
  })

  test('to the millisecond', () => {
    const at = instant(day(75))
    const stageAt = (ms: number) => {
      const fold = lifecycleFold(programmeVersions([shop()]))
      return stageOf(fold.advance(given(...monthly(2)).when(lifecycleFold).state, ms))
    }
    expect(stageAt(at - 1)).toBe('growing')
    expect(stageAt(at)).toBe('at-risk')
  })

  test('and the next of these is what is due', () => {
    const fold = lifecycleFold(programmeVersions([shop()]))
    const due = (days: number) => fold.nextDue(given(...monthly(2)).when(lifecycleFold, day(days)).state)
    expect([30, 75, 100, 150].map(due)).toEqual([75, 120, 120, 210].map((days) => instant(day(days))))
    expect(due(210)).toBeUndefined()
    expect(fold.nextDue(given(enrolled(first)).when(lifecycleFold).state)).toBeUndefined()
  })

  test('and no review breaks the silence', () => {
    expect(stageAfter([...monthly(2), wroteReview(day(70))], 76)).toBe('at-risk 75')
  })

  test('and another purchase on the same day lets it begin later', () => {
    expect(stageAfter([...monthly(2), buy(30.25, 'again')], 75)).toBe('growing 30')
    expect(stageAfter([...monthly(2), buy(30.25, 'again')], 76)).toBe('at-risk 75.25')
  })

  test('and who buys often is missed sooner', () => {
    const weekly = Array.from({ length: 30 }, (_, index) => buy(index * 7))
    expect(stageAfter(weekly, 29 * 7 + 16)).toMatch(/^at-risk /)
  })

  test('judged by the programme that was in force when the silence began', () => {
    const impatient = shop({ version: 2, effectiveFrom: '2025-02-15', lifecycle: { atRiskAfter: 1 } })
    expect(stageAfter(monthly(2), 74, shop(), impatient)).toBe('growing 30')
    expect(stageAfter(monthly(3), 91, shop(), impatient)).toBe('at-risk 90')
  })

  test('judged by the rhythm of the shop that was measured before it began', () => {
    const measured = (days: number, gapDays: number) => learnt([{ asOf: instant(day(days)), gapDays }])
    const atRiskOn = (rhythm: ReturnType<typeof measured>) => {
      const { state } = given(buy(0)).havingLearnt({ rhythm }).when(lifecycleFold, day(400))
      const { at } = state.changes.find(({ stage }) => stage === 'at-risk') as StageChange
      return (at - instant(first)) / dayMs
    }
    expect(atRiskOn(measured(0, 20))).toBe(30)
    expect(atRiskOn(measured(1, 20))).toBe(45)
  })
})

describe('a member comes back', () => {
  test('from at risk, as if nothing had been', () => {
    expect(told([...monthly(2), buy(90)], 90)).toEqual(['new 0', 'growing 30', 'at-risk 75', 'growing 90'])
    expect(lastChange([...monthly(2), buy(90)], 90)).toMatchObject({ reason: 'came-back', silenceDays: 60, rhythmDays: 30 })
  })

  test.each([
    [130, 'lapsed'],
    [430, 'lost'],
  ])('on day %d, from %s, as won back', (days, stage) => {
    expect(told([...monthly(2), buy(days)], days).slice(-2)).toEqual([expect.stringMatching(`^${stage} `), `won-back ${days}`])
    expect(lastChange([...monthly(2), buy(days)], days)).toMatchObject({ reason: 'came-back' })
  })

  test('for two shopping days, and then as what the member has become', () => {
    const after = (count: number) => stageAfter([...monthly(2), ...[130, 140, 150].slice(0, count).map((days) => buy(days))], 150)
    expect([1, 2, 3].map(after)).toEqual(['won-back 130', 'won-back 130', 'loyal 150'])
  })

  test('for as many shopping days as the programme says', () => {
    const brief = shop({ lifecycle: { wonBackFor: 1 } })
    expect(stageAfter([...monthly(2), buy(130), buy(140)], 140, brief)).toBe('growing 140')
  })

  test('and a second purchase on the day of coming back uses none of them up', () => {
    expect(stageAfter([...monthly(2), buy(130, 'b1'), buy(130.1, 'b2'), buy(140)], 140)).toBe('won-back 130')
  })

  test('not even where the member was at risk again by then', () => {
    const hasty = shop({ lifecycle: { atRiskAfter: 0.005, hysteresis: 0 } })
    const events = [...monthly(2), buy(130), buy(130.4, 'again'), buy(131)]
    expect(told(events.slice(0, -1), 130.4, hasty).slice(-2)).toEqual([expect.stringMatching('^at-risk 130'), 'won-back 130.4'])
    expect(told(events, 131, hasty).slice(-2)).toEqual([expect.stringMatching('^at-risk 130'), 'won-back 131'])
  })

  test('and the days of being won back last through being at risk', () => {
    const events = [...monthly(2), buy(130), buy(300)]
    // A rhythm of (60 + 130) / 4 days: at risk after 71.25, as nobody wavers here who has lapsed in between.
    expect(told([...monthly(2), buy(130), buy(220)], 220).slice(-2)).toEqual([expect.stringMatching('^at-risk '), 'won-back 220'])
    expect(told(events, 300).slice(-2)).toEqual([expect.stringMatching('^lapsed '), 'won-back 300'])
  })

  test('and who then brings back everything ever bought begins anew: of being won back nothing is left', () => {
    const everything = [...monthly(2), buy(130), gone(131, 130), gone(132, 30), gone(133, 0)]
    expect(told([...everything, buy(140)], 140).slice(-2)).toEqual(['prospect 133', 'new 140'])
  })

  test('and may be lost and won again', () => {
    expect(stageAfter([...monthly(2), buy(130), buy(930), buy(940)], 940)).toBe('won-back 930')
  })
})

describe('who came late once is given more time', () => {
  // The rhythm after days 0, 30 and 90 is (60 + 90) / 4 = 37.5 days: at risk after 56.25 of silence, or 70.3125.
  const late = [...monthly(2), buy(90)]

  test('from a purchase that ended being at risk', () => {
    expect(stageAfter(late, 90 + 70.3)).toBe('growing 90')
    expect(stageAfter(late, 90 + 70.3125)).toBe('at-risk 160.3125')
  })

  test('and from one at the very instant of being at risk; not from one a moment earlier', () => {
    const atRiskAt = (days: number) => {
      const { stage, at } = lastChange([...monthly(2), buy(days)], days + 80)
      expect(stage).toBe('at-risk')
      return (at - instant(day(days))) / dayMs
    }
    const rhythm = (60 + 75) / 4
    expect(atRiskAt(75)).toBeCloseTo(rhythm * 1.5 * 1.25, 6)
    expect(atRiskAt(75 - 1 / dayMs)).toBeCloseTo(rhythm * 1.5, 6)
  })

  test('until a purchase that comes in time', () => {
    // (60 + 120) / 5 = 36 days, and no patience: at risk after 54.
    expect(stageAfter([...late, buy(120)], 174)).toBe('at-risk 174')
  })

  test('still after one that comes late again, though never at risk', () => {
    // 60 days of silence are more than 56.25, and less than 70.3125. The rhythm is then (60 + 150) / 5 = 42 days.
    const events = [...late, buy(150)]
    expect(told(events, 150).at(-1)).toBe('growing 90')
    expect(stageAfter(events, 150 + 42 * 1.5 * 1.25)).toBe('at-risk 228.75')
  })

  test('but another purchase on the same day says nothing', () => {
    expect(stageAfter([...late, buy(90.25, 'again')], 90.25 + 70.3125)).toBe('at-risk 160.5625')
  })

  test('but never beyond lapsing: then there is no time at risk', () => {
    const patient = shop({ lifecycle: { hysteresis: 3 } })
    expect(told(late, 300, patient)).toEqual(['growing 30', 'at-risk 75', 'growing 90', 'lapsed 202.5'])
  })

  test('nor after losing the last shopping day: then the silence before it is judged as it was', () => {
    expect(stageAfter([...late, gone(91, 90)], 91)).toBe('at-risk 91')
    // The day of 30 was in time, so its silence is judged without patience: at risk from day 75 on.
    expect(stageAfter([...monthly(2), buy(80), gone(81, 80)], 81)).toBe('at-risk 81')
  })

  test('nor from a first purchase, however long ago the member joined', () => {
    expect(stageAfter([enrolled(day(0)), buy(400)], 445)).toBe('at-risk 445')
  })
})

describe('a member brings things back', () => {
  test('in part, and stays what the member is', () => {
    expect(told([...monthly(2), back(40, 'o30', '5.00')], 40)).toEqual(['new 0', 'growing 30'])
  })

  test('a whole shopping day, and the stage of the count stays while only one day is missing for it', () => {
    expect(stageAfter([...monthly(5), gone(125, 0)], 125)).toBe('loyal 120')
    expect(stageAfter([...monthly(5), gone(125, 0), gone(126, 30)], 126)).toBe('growing 126')
    expect(stageAfter([...monthly(2), gone(35, 0)], 35)).toBe('growing 30')
  })

  test('several at once, and falls to the stage of the count', () => {
    const all = [line('a', '1.00'), line('b', '1.00'), line('c', '1.00'), line('d', '1.00')]
    const days = all.map((one, index) => bought(day(index * 30), `o${index}`, [one]))
    const four = broughtBack(day(121), 'r1', undefined, all)
    expect(stageAfter([...days, buy(120), four], 121)).toBe('new 121')
  })

  test('and one more purchase makes up for it without a change', () => {
    expect(stageAfter([...monthly(5), gone(125, 0), buy(140)], 140)).toBe('loyal 120')
  })

  test('and another purchase on the same day does not count the days again', () => {
    expect(stageAfter([...monthly(5), gone(120.1, 0), buy(120.2, 'again')], 121)).toBe('loyal 120')
  })

  test('everything, and is a prospect again', () => {
    const all = [...monthly(2), gone(40, 0), gone(41, 30)]
    expect(told(all, 1_000)).toEqual(['new 0', 'growing 30', 'prospect 41'])
    expect(lastChange(all, 41)).toMatchObject({ reason: 'return' })
    expect(stageAfter([...all, buy(50)], 50)).toBe('new 50')
  })

  test('the last day, which brings back the silence before it, from the instant of the return on', () => {
    expect(told([...monthly(2), buy(90), gone(95, 90)], 100).slice(-2)).toEqual(['growing 90', 'at-risk 95'])
    // The days of 0 and 30 have a rhythm of 30: lapsed after 90 days, on day 120.
    expect(stageAfter([...monthly(2), buy(90), gone(95, 90)], 120)).toBe('lapsed 120')
    expect(stageAfter([...monthly(2), buy(90), gone(250, 90)], 250)).toBe('lost 250')
  })

  test('the last day, within a silence that is not long yet', () => {
    expect(stageAfter([...monthly(3), gone(65, 60)], 70)).toBe('growing 30')
    expect(stageAfter([...monthly(3), gone(65, 60)], 75)).toBe('at-risk 75')
  })

  test('and a return is never a sign of life', () => {
    expect(stageAfter([...monthly(2), back(74, 'o30', '5.00')], 75)).toBe('at-risk 75')
  })

  test('but may show that the rhythm is slower, and the silence not so long after all', () => {
    // Days 0, 10, 20, 30 have a rhythm of 18 days: at risk after 27. Without one in the middle it is 22.5: after 33.75.
    const often = [buy(0), buy(10), buy(20), buy(30)]
    expect(stageAfter(often, 58)).toBe('at-risk 57')
    expect(stageAfter([...often, gone(58, 10)], 59)).toBe('growing 58')
    expect(stageAfter([...often, gone(58, 10)], 64)).toBe('at-risk 63.75')
  })

  test('and stays won back while its days last', () => {
    const wonBack = [...monthly(2), buy(130), buy(140)]
    expect(stageAfter([...wonBack, gone(141, 0)], 142)).toBe('won-back 130')
  })

  test('of two orders of a day one, and the day stays', () => {
    const events = [...monthly(4), buy(120, 'a'), buy(120.2, 'b')]
    expect(stageAfter([...events, back(121, 'a')], 121)).toBe('loyal 120')
    expect(stageAfter([...events, back(121, 'a'), back(122, 'b'), gone(123, 0)], 123)).toBe('growing 123')
  })
})

test('a threshold that says never is never due', () => {
  const patient = shop({ lifecycle: { lapsedAfter: 1e9, lostAfter: 1e15 } })
  const { state } = given(...monthly(2))
    .under(patient)
    .when(lifecycleFold, day(400))
  expect(stageOf(state)).toBe('at-risk')
  expect(lifecycleFold(programmeVersions([patient])).nextDue(state)).toBeUndefined()
})

describe('why, in a sentence', () => {
  const why = (events: MemberEvent[], until: number) => because(lastChange(events, until))
  test.each<[string, MemberEvent[], number]>([
    ['has not bought yet', [enrolled(first)], 10],
    ['bought on 1 day', [buy(0)], 10],
    ['bought on 5 days', monthly(5), 120],
    ['silent for 45 days; usual would be every 30 days', monthly(2), 80],
    ['bought once, silent for 90 days; usual would be every 30 days', [buy(0)], 100],
    ['bought again after 100 days of silence; usual would be every 30 days', [...monthly(2), buy(130)], 130],
    ['after a return: bought on 3 days', [...monthly(5), gone(125, 0), gone(126, 30)], 126],
    ['after a return: silent for 65 days; usual would be every 30 days', [...monthly(2), buy(90), gone(95, 90)], 100],
    ['brought back everything', [buy(0), gone(1, 0)], 1],
  ])('%s', (sentence, events, until) => {
    expect(why(events, until)).toBe(sentence)
  })
})

test('the last four changes are kept', () => {
  expect(told([enrolled(day(-5)), ...monthly(2)], 300)).toEqual(['growing 30', 'at-risk 75', 'lapsed 120', 'lost 210'])
})

keepsTheLawsOfFolds('lifecycle', {
  fold: lifecycleFold,
  versions: programmeVersions([shop(), shop({ version: 2, effectiveFrom: '2024-09-01', lifecycle: { atRiskAfter: 1, wonBackFor: 1 } })], {
    ...nothingLearnt,
    rhythm: learnt([{ asOf: instant('2024-06-01'), gapDays: 17.3 }]),
  }),
  named: (state): LifecycleStage | undefined => stageOf(state),
  save,
  restore,
})
