import { describe, expect, test } from '@jest/globals'
import { type Programme, readModels } from '@perennial/contracts'
import { formatInstant, type MemberEvent, programmeVersions, type TierFoldState } from '@perennial/domain'
import * as domain from '../../../packages/domain/src/testing/given.ts'
import { bought, broughtBack, given, joined } from '../../engine/src/testing/given.ts'
import { tierProjector } from './projector.ts'

describe('a row of tier status', () => {
  test('of a prospect', async () => {
    const { rows } = await given(joined('ann', '2025-03-01')).when('tier', '2025-03-02')
    expect(rows.ann).toEqual({
      memberId: 'ann',
      tier: 'member',
      since: '2025-03-01T12:00:00.000Z',
      metric: 'spend',
      qualifying: '0.00',
      lifetimeSpend: '0.00',
      currency: null,
      nextTier: 'silver',
      toNextTier: '500.00',
      keptUntil: null,
      grantedUntil: null,
      ending: null,
      benefits: [],
      asOf: '2025-03-02T12:00:00.000Z',
    })
  })

  test('of an active member says what is missing to the next tier', async () => {
    const { rows } = await given(bought('ann', '2025-03-01', 'o1', '612.34'), bought('ann', '2025-03-02', 'o2', '0.66')).when(
      'tier',
      '2025-03-03',
    )
    expect(rows.ann).toMatchObject({
      tier: 'silver',
      qualifying: '613.00',
      nextTier: 'gold',
      toNextTier: '1387.00',
      benefits: ['free-delivery'],
    })
  })

  test('of a member at the top has no next tier', async () => {
    const { rows } = await given(bought('ann', '2025-03-01', 'o1', '10000.00')).when('tier', '2025-03-03')
    expect(rows.ann).toMatchObject({ tier: 'platinum', nextTier: null, toNextTier: null })
  })

  test('of a member who went quiet remembers the lifetime', async () => {
    const { rows } = await given(bought('ann', '2023-03-01', 'o1', '600.00')).when('tier', '2025-03-03')
    expect(rows.ann).toMatchObject({
      tier: 'member',
      since: '2024-03-01T00:00:00.000Z',
      qualifying: '0.00',
      lifetimeSpend: '600.00',
      toNextTier: '500.00',
    })
  })

  test('of a member who brought back more than was bought goes below zero', async () => {
    const { rows } = await given(broughtBack('ann', '2025-03-01', 'r1', undefined, '20.00')).when('tier', '2025-03-03')
    expect(rows.ann).toMatchObject({ tier: 'member', qualifying: '-20.00', lifetimeSpend: '-20.00', toNextTier: '520.00' })
  })

  test.each([
    ['JPY', '700', '1300'],
    ['KWD', '700.125', '1299.875'],
  ])('in %s has its digits', async (currency, amount, missing) => {
    const { rows } = await given(bought('ann', '2025-03-01', 'o1', amount, currency)).when('tier', '2025-03-03')
    expect(rows.ann).toMatchObject({ tier: 'silver', qualifying: amount, toNextTier: missing, currency })
  })
})

/** The member's row, and what is announced, when it is looked at at each of the instants in turn. */
function look(programme: Programme, events: MemberEvent[], ...instants: string[]) {
  const versions = programmeVersions([programme])
  const fold = tierProjector.fold(versions)
  let before: ReturnType<typeof tierProjector.shown> | undefined
  let row: unknown
  const announced: unknown[] = []
  for (const at of instants.map(domain.instant)) {
    const known = events.filter(({ occurredAt }) => occurredAt <= at)
    const folded = domain.foldAll(fold, versions, known) as TierFoldState
    const state = fold.advance(tierProjector.restore(JSON.parse(JSON.stringify(tierProjector.save(folded)))), at)
    const after = tierProjector.shown(state, at, versions)
    announced.push(...tierProjector.transitions(before, after).map(({ type, data }) => ({ told: formatInstant(at), type, ...data })))
    before = after
    row = readModels.tier.strict().parse(tierProjector.row('ann', state, at, versions))
  }
  return { row, announced }
}

describe('a row under fuller rules', () => {
  const silver = domain.bought('2024-03-10', 'o1', '600.00')

  test('says until when the tier is kept', () => {
    const kept = domain.shop({ tiers: { keepUntil: 'P18M' } })
    expect(look(kept, [silver], '2025-06-01').row).toMatchObject({
      tier: 'silver',
      qualifying: '0.00',
      toNextTier: '2000.00',
      keptUntil: '2025-09-09T23:00:00.000Z',
    })
  })

  test('but not of the lowest, which nobody loses', () => {
    const kept = domain.shop({ tiers: { keepUntil: 'P18M' } })
    expect(look(kept, [silver], '2025-10-01').row).toMatchObject({ tier: 'member', keptUntil: null })
  })

  test('says until when a granted tier counts, and what comes after it', () => {
    const grant = domain.decided('2025-02-01', 'g1', 'TierGranted', {
      tier: 'silver',
      until: '2025-06-01T00:00:00Z',
      reason: 'x',
      by: 'ann',
    })
    expect(look(domain.shop(), [grant], '2025-03-01').row).toMatchObject({
      tier: 'silver',
      nextTier: 'gold',
      toNextTier: '2000.00',
      grantedUntil: '2025-06-01T00:00:00.000Z',
    })
    expect(look(domain.shop(), [grant], '2025-06-01').row).toMatchObject({ tier: 'member', grantedUntil: null })
    const unknown = domain.decided('2025-02-01', 'g1', 'TierGranted', {
      tier: 'black',
      until: '2025-06-01T00:00:00Z',
      reason: 'x',
      by: 'ann',
    })
    expect(look(domain.shop(), [unknown], '2025-03-01').row).toMatchObject({ tier: 'member', grantedUntil: null })
  })

  test('in points or orders has whole numbers, and spend in money', () => {
    const levels = [
      { name: 'member', from: '0' },
      { name: 'silver', from: '3' },
    ]
    for (const metric of ['points', 'purchases'] as const) {
      const programme = domain.shop({ tiers: { metric, levels } })
      expect(look(programme, [domain.bought('2025-03-01', 'o1', '1.50')], '2025-03-02').row).toMatchObject({
        metric,
        qualifying: '1',
        toNextTier: '2',
        lifetimeSpend: '1.50',
      })
    }
  })

  test('of a member who waits for the evaluation misses nothing to the next tier', () => {
    const monthly = domain.shop({ tiers: { upgrade: 'at-evaluation' } })
    expect(look(monthly, [silver], '2024-03-11').row).toMatchObject({ tier: 'member', nextTier: 'silver', toNextTier: '0.00' })
  })
})

describe('announcements of endings', () => {
  const warning = domain.shop({ tiers: { downgrade: { warnBefore: 'P30D' } } })
  const silver = domain.bought('2024-03-10', 'o1', '600.00')
  const ending = (told: string) => ({
    told: `${told}T12:00:00.000Z`,
    type: 'perennial.tier.ending.v1',
    tier: 'silver',
    at: '2025-03-10T00:00:00.000Z',
    to: 'member',
  })
  const endings = (...args: Parameters<typeof look>) =>
    look(...args).announced.filter((said) => (said as { type: string }).type === 'perennial.tier.ending.v1')

  test('are made once, before the tier ends', () => {
    expect(endings(warning, [silver], '2024-03-11', '2025-02-07', '2025-02-09', '2025-02-20', '2025-03-11')).toEqual([ending('2025-02-09')])
    expect(look(warning, [silver], '2025-02-20').row).toMatchObject({ ending: { at: '2025-03-10T00:00:00.000Z', to: 'member' } })
  })

  test('not again when a small purchase changes neither the tier nor its end', () => {
    const small = domain.bought('2025-02-10', 'o2', '5.00')
    expect(endings(warning, [silver, small], '2025-02-09', '2025-02-11')).toEqual([ending('2025-02-09')])
  })

  test('are withdrawn by a purchase without a word, and made again when it comes back', () => {
    const saved = [silver, domain.bought('2025-02-10', 'o2', '500.00')]
    expect(endings(warning, saved, '2025-02-09', '2025-02-11')).toEqual([ending('2025-02-09')])
    expect(look(warning, saved, '2025-02-11').row).toMatchObject({ ending: null })
    const back = [...saved, domain.broughtBack('2025-02-12', 'r1', 'o2', '500.00')]
    expect(endings(warning, back, '2025-02-09', '2025-02-11', '2025-02-13')).toEqual([ending('2025-02-09'), ending('2025-02-13')])
  })

  test('are made of a member who is seen for the first time, for the end is still to come', () => {
    expect(endings(warning, [silver], '2025-02-20')).toEqual([ending('2025-02-20')])
  })

  test('but not of one whose tier has ended already', () => {
    expect(look(warning, [silver], '2025-03-11').announced).toEqual([
      {
        told: '2025-03-11T12:00:00.000Z',
        type: 'perennial.tier.changed.v1',
        before: null,
        after: 'member',
        since: '2025-03-10T00:00:00.000Z',
      },
    ])
  })

  test('are made anew of a higher tier that ends with the lower one', () => {
    const yearly = domain.shop({ tiers: { window: { calendar: 'year' }, downgrade: { warnBefore: 'P30D' } } })
    const history = [domain.bought('2024-12-05', 'o1', '600.00'), domain.bought('2024-12-10', 'o2', '1400.00')]
    const at = '2025-01-01T00:00:00.000Z'
    expect(endings(yearly, history, '2024-12-06', '2024-12-11')).toMatchObject([
      { tier: 'silver', at, to: 'member' },
      { tier: 'gold', at, to: 'member' },
    ])
  })
})

describe('announcements of tiers', () => {
  test('tell the first tier, the way up and the way down, each once', async () => {
    const { announced } = await given(joined('ann', '2025-03-01'), bought('ann', '2025-03-02', 'o1', '600.00')).when(
      'tier',
      '2025-03-03',
      '2025-12-01',
      '2026-03-02',
      '2026-03-03',
    )
    expect(announced.map(({ type, subject, time, data }) => ({ type, subject, time, data }))).toEqual([
      {
        type: 'perennial.tier.changed.v1',
        subject: 'ann',
        time: '2025-03-03T12:00:00.000Z',
        data: { before: null, after: 'silver', since: '2025-03-02T12:00:00.000Z' },
      },
      {
        type: 'perennial.tier.changed.v1',
        subject: 'ann',
        time: '2026-03-02T12:00:00.000Z',
        data: { before: 'silver', after: 'member', since: '2026-03-02T00:00:00.000Z' },
      },
    ])
  })

  test('say nothing where the tier stays, even if its date changes', () => {
    const shown = { tier: 'silver', since: '2025-01-01T00:00:00.000Z', endingAt: null, endingTo: null }
    expect(tierProjector.transitions(shown, { ...shown, since: '2025-02-01T00:00:00.000Z' })).toEqual([])
  })
})
