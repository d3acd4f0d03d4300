import { gammaGamma } from '@perennial/buy-till-you-die'
import type { ValueModelData } from '@perennial/contracts'
import type { ShoppingFacts } from '@perennial/domain'
import { notToBeUsed } from './churn-trials.ts'
import type { MemberSnapshot } from './snapshot.ts'

type SpendData = ValueModelData['spend'][string]

/** The spend of fewer members says too little about all. */
const spendersMin = 50

/**
 * How much a member spends on a shopping day, in minor units, net: the mean over all shopping days, so x is their
 * number. (The papers take the repeat purchases alone, x − 1 of them, because the first one brought the customer into
 * their sample. Of a member only the totals are known, so the first day cannot be taken out of the mean; what the
 * likelihood asks for is that x is the number of amounts that the mean was taken over.) Net spend below 0 counts as 0.
 */
export function spendOf({ days, gross, returned }: ShoppingFacts): gammaGamma.Spend {
  return { x: days, mean: Math.max(0, gross - returned) / days }
}

/**
 * Gamma-Gamma on the members of one currency who came back and spent something; a sentence where it cannot be used.
 * Those with a single shopping day are left out, as in the papers: whether they are like the others is not known yet.
 */
export function fitSpend(currency: string, members: readonly MemberSnapshot[]): SpendData | string {
  const spends = members.flatMap(({ facts }) => (facts.days >= 2 && facts.gross > facts.returned ? [spendOf(facts)] : []))
  if (spends.length < spendersMin) {
    return `what is spent in ${currency}: ${spends.length} members came back and spent something net, and the model needs ${spendersMin}`
  }
  const fit = gammaGamma.fit(spends)
  const unusable = notToBeUsed(fit)
  if (unusable) return `what is spent in ${currency}: ${unusable}`
  const { parameters, logLikelihood, customers } = fit
  return { parameters, logLikelihood, members: customers, correlation: correlationOf(spends) }
}

/** Pearson's, of how often with how much: the model takes it to be 0. 0 where one of them is the same for all. */
export function correlationOf(spends: readonly gammaGamma.Spend[]): number {
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const often = spends.map(({ x }) => x)
  const much = spends.map(({ mean }) => mean)
  const [oftenMean, muchMean] = [meanOf(often), meanOf(much)]
  let together = 0
  let oftenSquares = 0
  let muchSquares = 0
  for (const { x, mean } of spends) {
    together += (x - oftenMean) * (mean - muchMean)
    oftenSquares += (x - oftenMean) ** 2
    muchSquares += (mean - muchMean) ** 2
  }
  const scale = Math.sqrt(oftenSquares) * Math.sqrt(muchSquares)
  return scale > 0 ? Math.min(1, Math.max(-1, together / scale)) : 0
}
