import { describe, expect, test } from '@jest/globals'
import { announcementData, type Programme, readModels } from '@perennial/contracts'
import { learnt, type MemberEvent, nothingLearnt, programmeVersions, type ValueModel } from '@perennial/domain'
import { bought, broughtBack, enrolled, foldAll, instant, shop } from '../../../packages/domain/src/testing/given.ts'
import * as engine from '../../engine/src/testing/given.ts'
import { valueProjector } from './projector.ts'
import { measuredBy } from './testing/value-model.ts'

/** The member's row, and what is announced, when it is looked at at each of the instants in turn. */
function look({ events, models = [measuredBy()], programmes = [shop()] }: Told, ...instants: string[]) {
  const versions = programmeVersions(programmes, { ...nothingLearnt, value: learnt(models) })
  const fold = valueProjector.fold(versions)
  let before: ReturnType<typeof valueProjector.shown> | undefined
  let row: unknown
  const announced: unknown[] = []
  for (const at of instants.map(instant)) {
    const known = events.filter(({ occurredAt }) => occurredAt <= at)
    const stored = JSON.stringify(valueProjector.save(foldAll(fold, versions, known)))
    const state = fold.advance(valueProjector.restore(JSON.parse(stored)), at)
    const after = valueProjector.shown(state, at, versions)
    for (const { type, data } of valueProjector.transitions(before, after)) {
      expect(type).toBe('perennial.value.changed.v1')
      announced.push(announcementData['perennial.value.changed.v1'].strict().parse(data))
    }
    before = after
    row = readModels.value.strict().parse(valueProjector.row('ann', state, at, versions))
  }
  return { row, announced }
}

interface Told {
  events: MemberEvent[]
  models?: ValueModel[]
  programmes?: Programme[]
}

const rowOf = (told: Told, at: string) => look(told, at).row

describe('a row of value', () => {
  test('of a prospect', () => {
    expect(rowOf({ events: [enrolled('2025-03-01')] }, '2025-03-02')).toEqual({
      memberId: 'ann',
      recency: null,
      frequency: null,
      monetary: null,
      segment: 'unknown',
      since: '2025-03-01T12:00:00.000Z',
      value: null,
      lifetimeValue: null,
      netSpend: '0.00',
      currency: null,
      basis: 'fitted',
      modelAsOf: '2025-01-01T00:00:00.000Z',
      asOf: '2025-03-02T12:00:00.000Z',
    })
  })

  test('before the first fit knows only what was spent', () => {
    const events = [bought('2025-03-01', 'o1', '20.00'), broughtBack('2025-03-02', 'r1', 'o1', '5.00')]
    expect(rowOf({ events, models: [] }, '2025-03-03')).toMatchObject({
      recency: null,
      frequency: null,
      monetary: null,
      segment: 'unknown',
      since: '2025-03-01T12:00:00.000Z',
      value: null,
      lifetimeValue: null,
      netSpend: '15.00',
      currency: 'GBP',
      basis: 'not-fitted',
      modelAsOf: null,
    })
  })

  test('is measured as of an instant by the model that was in force then', () => {
    const events = [bought('2024-12-30', 'o1', '20.00')]
    expect(rowOf({ events }, '2024-12-31')).toMatchObject({ basis: 'not-fitted', segment: 'unknown' })
    expect(rowOf({ events }, '2025-01-02')).toMatchObject({
      recency: 5,
      frequency: 1,
      monetary: 2,
      segment: 'potential-loyal',
      since: '2025-01-01T00:00:00.000Z',
      basis: 'fitted',
    })
  })

  test('weighs the three scores by what the programme holds important', () => {
    const events = [bought('2025-03-01', 'o1', '15.00')]
    // 5 × .7306 + 1 × .1884 + 2 × .0810
    expect(rowOf({ events }, '2025-03-02')).toMatchObject({ recency: 5, frequency: 1, monetary: 2, value: 4.004 })
    const equally = { recencyToFrequency: '1', recencyToMonetary: '1', frequencyToMonetary: '1' }
    expect(rowOf({ events, programmes: [shop({ value: { judgements: equally } })] }, '2025-03-02')).toMatchObject({ value: 2.667 })
  })

  test('by the programme in force at the instant', () => {
    const equally = { recencyToFrequency: '1', recencyToMonetary: '1', frequencyToMonetary: '1' }
    const programmes = [shop(), shop({ version: 2, effectiveFrom: '2025-03-05', value: { judgements: equally } })]
    const events = [bought('2025-03-01', 'o1', '15.00')]
    expect(rowOf({ events, programmes }, '2025-03-04')).toMatchObject({ value: 4.004 })
    expect(rowOf({ events, programmes }, '2025-03-05')).toMatchObject({ value: 2.667 })
  })

  test('stays within 1 and 5', () => {
    const events = Array.from({ length: 9 }, (_, day) => bought(`2025-03-0${day + 1}`, `o${day}`, '20.00'))
    expect(rowOf({ events }, '2025-03-09')).toMatchObject({ segment: 'champions', value: 5 })
    expect(rowOf({ events: [bought('2025-03-01', 'o1', '1.00')] }, '2026-03-01')).toMatchObject({ segment: 'lost', value: 1 })
  })

  test('in a currency that is not measured has no score for money and no value, but a segment', () => {
    const events = [bought('2025-03-01', 'o1', '5000', { currency: 'JPY' })]
    expect(rowOf({ events }, '2025-03-02')).toMatchObject({
      recency: 5,
      frequency: 1,
      monetary: null,
      segment: 'new',
      value: null,
      currency: 'JPY',
    })
  })
})

describe('lifetime value', () => {
  const events = [bought('2025-03-01', 'o1', '15.00')]
  const foretelling = (lifetimeValue: ValueModel['lifetimeValue']) => [measuredBy({ lifetimeValue })]

  test('is what the model foretells by the terms of the programme, of the silence until now', () => {
    const asked: unknown[] = []
    const models = foretelling((facts, silenceDays, { yearlyDiscount, horizonDays }) => {
      asked.push([facts.days, silenceDays, yearlyDiscount, horizonDays])
      return 61_20.4
    })
    const programmes = [shop({ value: { discountRate: '12.5%', horizon: 'P18M' } })]
    expect(rowOf({ events, models, programmes }, '2025-03-02T18:00:00Z')).toMatchObject({ lifetimeValue: '61.20' })
    expect(asked).toEqual([[1, 1.25, 0.125, 540]])
  })

  test('counts what the shop keeps, and is rounded half up to the minor unit', () => {
    const models = foretelling(() => 100_01)
    expect(rowOf({ events, models, programmes: [shop({ value: { margin: '50%' } })] }, '2025-03-02')).toMatchObject({
      lifetimeValue: '50.01',
    })
    const programmes = [shop({ value: { margin: '49.9%' } })]
    expect(rowOf({ events, models, programmes }, '2025-03-02')).toMatchObject({ lifetimeValue: '49.90' })
  })

  test('has the digits of its currency', () => {
    const yen = [bought('2025-03-01', 'o1', '15', { currency: 'JPY' })]
    expect(rowOf({ events: yen, models: foretelling(() => 1_234.5) }, '2025-03-02')).toMatchObject({ lifetimeValue: '1235' })
  })

  test('is not known where the model does not say', () => {
    expect(rowOf({ events, models: foretelling(() => null) }, '2025-03-02')).toMatchObject({ lifetimeValue: null })
    expect(rowOf({ events: [enrolled('2025-03-01')], models: foretelling(() => 1) }, '2025-03-02')).toMatchObject({ lifetimeValue: null })
  })
})

describe('announcements of value', () => {
  test('tell every segment that is seen, in a chain without a gap, with when it began', () => {
    const events = [enrolled('2025-02-27'), bought('2025-03-01', 'o1', '5.00'), bought('2025-03-25', 'o2', '5.00')]
    const { announced } = look({ events }, '2025-02-28', '2025-03-01', '2025-03-05', '2025-03-12', '2025-03-22', '2025-03-26')
    expect(announced).toEqual([
      { before: 'unknown', after: 'new', since: '2025-03-01T12:00:00.000Z' },
      { before: 'new', after: 'promising', since: '2025-03-11T12:00:00.000Z' },
      { before: 'promising', after: 'about-to-sleep', since: '2025-03-21T12:00:00.000Z' },
      { before: 'about-to-sleep', after: 'potential-loyal', since: '2025-03-25T12:00:00.000Z' },
    ])
  })

  test('say nothing where the segment stays', () => {
    const shown = { segment: 'loyal', since: '2025-01-01T00:00:00.000Z' }
    expect(valueProjector.transitions(shown, { ...shown, since: '2025-02-01T00:00:00.000Z' })).toEqual([])
  })

  test('rows can be asked for by segment, and are folded again when a value model is recorded', () => {
    expect(valueProjector).toMatchObject({ filters: ['segment'], tells: ['segment'], models: ['ValueModelFitted'] })
  })
})

test('through the whole engine, a shop that has learnt nothing yet has nothing to tell', async () => {
  const { rows, announced } = await engine
    .given(engine.joined('ann', '2025-03-01'), engine.bought('ann', '2025-03-02', 'o1', '20.00'))
    .when('value', '2025-03-03', '2025-06-01')
  expect(rows.ann).toMatchObject({ segment: 'unknown', since: '2025-03-01T12:00:00.000Z', netSpend: '20.00', basis: 'not-fitted' })
  expect(announced).toEqual([])
})
