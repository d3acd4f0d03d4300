import { activitiesAt, daysInWords, engagementAt, type ShoppingFacts, silenceDaysAt, spanInWords } from '@perennial/domain'
import type { AtRisk } from './risk.ts'
import type { RiskRules } from './risk-rules.ts'

/** A sentence, and the features of a calibrated model that it tells of. */
interface Driver {
  sentence: string
  features: readonly string[]
}

/** An activity of which less is left than this is long ago: thirty days for a single one. */
const lately = 0.5
const activitiesTold = 3

/**
 * Why the risk is what it is, in sentences for people, the weightiest first; by a calibrated model, by what they add to
 * the odds. Of two of the same weight, and without such a model, in the order in which they stand here.
 */
export function drivers(member: AtRisk, at: number, { model }: RiskRules): string[] {
  const told = [habit(member, at), returns(member.facts), otherwise(member, at)].filter((driver) => driver !== undefined)
  const silenceDays = silenceDaysAt(member.facts, at)
  const contributions = model?.contributions(member.facts, silenceDays, engagementAt(member.engagement, at)) ?? []
  const weightOf = ({ features }: Driver) => {
    const weights = contributions.filter(({ feature }) => features.includes(feature)).map(({ weight }) => weight)
    return Math.abs(weights.reduce((sum, weight) => sum + weight, 0))
  }
  return told.sort((a, b) => weightOf(b) - weightOf(a)).map(({ sentence }) => sentence)
}

/** How often, for how long, how silent. */
function habit({ facts, rhythmDays }: AtRisk, at: number): Driver {
  const features = ['model', 'recency', 'ownGap', 'frequency', 'tenure']
  const silent = `silent for ${daysInWords(silenceDaysAt(facts, at))}`
  if (facts.days === 1) return { sentence: `bought once, ${silent}`, features }
  const often = `bought on ${facts.days} days in ${spanInWords(facts.lastAt - facts.firstAt)}`
  return { sentence: `${often}, ${silent}; usual would be every ${daysInWords(rhythmDays)}`, features }
}

function returns({ gross, returned }: ShoppingFacts): Driver | undefined {
  if (gross === 0 || returned === 0) return undefined
  const percent = Math.round(Math.min(1, returned / gross) * 100)
  return { sentence: `brought back ${percent === 0 ? 'less than 1' : percent} % of the spend`, features: ['returnRate'] }
}

/** What the member did besides shopping. */
function otherwise({ engagement }: AtRisk, at: number): Driver | undefined {
  const activities = activitiesAt(engagement, at).filter(({ value }) => value >= lately)
  if (activities.length === 0) return undefined
  const names = activities.slice(0, activitiesTold).map(({ activity }) => activity)
  return { sentence: `lately: ${names.join(', ')}`, features: ['engagement'] }
}
