import { expect, test } from '@jest/globals'
import { type Programme, programmeSchema } from './programme.ts'
import { upcast } from './stored-events.ts'

test('a version that was published long ago is read, whatever a new one would have to mend', () => {
  const published = {
    programme: 'shop',
    version: 3,
    effectiveFrom: '2024-01-01',
    timeZone: 'Europe/London',
    points: {
      earn: [
        ...Array.from({ length: 201 }, () => ({ name: 'base', for: 'purchase', per: '1.00', points: 1 })),
        { name: 'x'.repeat(100), for: 'purchase', when: { category: ['tea'] }, multiply: '0' },
      ],
      rounding: { mode: 'floor', per: 'line' },
      pending: 'P14D',
      expiry: { after: 'P12M', at: 'end-of-month' },
      warnBefore: 'P30D',
    },
    tiers: { metric: 'spend', window: { rolling: 'P12M' }, levels: [{ name: 'member', from: '0', multiply: '1', benefits: [] }] },
    lifecycle: {},
    churnRisk: {},
  }
  const { programme } = upcast('ProgrammePublished', 1, { programme: published }) as { programme: Programme }
  expect(programme.points).toMatchObject({
    earn: expect.arrayContaining([{ name: 'base', for: 'purchase', when: {}, per: '1.00', points: 1 }]),
    combine: { multipliers: 'multiply' },
    minimumOrder: '0',
    warnBefore: ['P30D'],
    returns: { award: 'recorded', unmatched: 'fifo-by-sku', debt: 'carry', reinstateExpired: 'P0D' },
    redeem: { block: 1, worth: '0.01', maxShareOfOrder: '100%', holdFor: 'P1D' },
  })
  expect(programme.tiers).toMatchObject({
    upgrade: 'immediately',
    downgrade: { to: 'earned', grace: 'P0D', warnBefore: 'P0D' },
    onReturn: 'recalculate',
  })
  expect(programme.tiers.keepUntil).toBeUndefined()
  expect(programme.examples).toBeUndefined()
})

test('a version of the time before churn models is read with its own thresholds, and the usual for what it could not say', () => {
  const points = { earn: [{ name: 'base', for: 'purchase', per: '1.00', points: 1 }], expiry: 'never' }
  const tiers = { metric: 'spend', window: { lifetime: true }, levels: [{ name: 'member', from: '0' }] }
  const ofThen = programmeSchema.parse({
    programme: 'shop',
    version: 1,
    effectiveFrom: '2024-01-01',
    timeZone: 'Europe/London',
    points,
    tiers,
  })
  const { value: _, ...published } = {
    ...ofThen,
    lifecycle: {
      rhythm: { prior: 'P60D', weight: 2, shortest: 'P7D', longest: 'P180D' },
      growingFrom: 2,
      loyalFrom: 5,
      atRiskAfter: 1.5,
      lapsedAfter: 3,
      lostAfter: 6,
      wonBackFor: 2,
    },
    churnRisk: { evenAt: 2, mediumFrom: 0.25, highFrom: 0.9 },
  }
  const { programme } = upcast('ProgrammePublished', 2, { programme: published }) as { programme: Programme }
  expect(programme.lifecycle).toMatchObject({ rhythm: { shortest: 'P7D', longest: 'P180D' }, hysteresis: 0.25, actions: {} })
  expect(programme.churnRisk).toEqual({
    horizon: 'P90D',
    evenAt: 2,
    mediumFrom: 0.25,
    highFrom: 0.9,
    criticalFrom: 0.95,
    refit: 'P7D',
  })
  expect(programme.value.judgements).toEqual({ recencyToFrequency: '5', recencyToMonetary: '7', frequencyToMonetary: '3' })
})
