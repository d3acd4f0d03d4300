import type { Programme } from '@perennial/contracts'
import pc from 'picocolors'

/** What a member gets under a programme, in words for people who will not read YAML. */
export function describeProgramme(programme: Programme): string {
  const { points, tiers, lifecycle, churnRisk } = programme
  const [lowest] = tiers.levels
  return [
    `${pc.bold(programme.programme)}, version ${programme.version}, from ${programme.effectiveFrom} on (${programme.timeZone}${programme.currency ? `, ${programme.currency}` : ''})`,
    '',
    pc.bold('Points'),
    ...points.earn.map((rule) =>
      'per' in rule
        ? `  ${rule.points} ${rule.points === 1 ? 'point' : 'points'} for each ${rule.per} paid (${rule.name})`
        : `  × ${rule.multiply} on ${rule.when.category.join(', ')} (${rule.name})`,
    ),
    `  ${rounding[points.rounding.mode]} once per ${points.rounding.per}`,
    `  ${points.pending === 'P0D' ? 'can be spent at once' : `can be spent ${duration(points.pending)} after the purchase`}`,
    points.expiry === 'never'
      ? '  never expire'
      : `  expire ${duration(points.expiry.after)} after the purchase, at the end of that ${points.expiry.at === 'end-of-month' ? 'month' : 'day'}; announced ${duration(points.warnBefore)} before`,
    '  a return takes back what its lines had earned',
    '',
    pc.bold(`Tiers, by net spend of the last ${duration(tiers.window.rolling)}`),
    ...tiers.levels.map(({ name, from, multiply, benefits }) => {
      const gets = [...(multiply === '1' ? [] : [`points × ${multiply}`]), ...benefits]
      return `  ${name}${name === lowest?.name ? ': everyone' : ` from ${from}`}${gets.length > 0 ? `: ${gets.join(', ')}` : ''}`
    }),
    '',
    pc.bold("Lifecycle and churn risk, by the member's own rhythm"),
    `  growing from ${lifecycle.growingFrom} shopping days, loyal from ${lifecycle.loyalFrom}; at risk, lapsed, lost after ${lifecycle.atRiskAfter}, ${lifecycle.lapsedAfter}, ${lifecycle.lostAfter} rhythms of silence`,
    `  a rhythm begins at ${duration(lifecycle.rhythm.prior)} and stays between ${duration(lifecycle.rhythm.shortest)} and ${duration(lifecycle.rhythm.longest)}`,
    `  risk is one half after ${churnRisk.evenAt} rhythms of silence; medium from ${churnRisk.mediumFrom}, high from ${churnRisk.highFrom}`,
  ].join('\n')
}

const rounding = {
  floor: 'fractions of a point are dropped',
  'half-up': 'fractions are rounded to the nearest point, halves up,',
  'half-even': 'fractions are rounded to the nearest point, halves to even,',
  ceil: 'fractions count as a whole point',
} as const

const units = { Y: 'year', M: 'month', W: 'week', D: 'day' } as const

/** `P14D` is "14 days", `P1Y6M` is "1 year and 6 months". */
function duration(period: string): string {
  const parts = [...period.matchAll(/(\d+)([YMWD])/g)].map(([, number, unit]) => {
    const name = units[unit as keyof typeof units]
    return `${number} ${name}${number === '1' ? '' : 's'}`
  })
  return parts.join(' and ')
}
