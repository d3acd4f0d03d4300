/** How well predictions met what happened. All take two lists of the same length, one entry per customer. */

/** Pearson's correlation; NaN where one of the lists does not vary. */
export function correlation(predicted: readonly number[], actual: readonly number[]): number {
  const [meanOfPredicted, meanOfActual] = [mean(predicted), mean(actual)]
  const products = predicted.map((value, index) => (value - meanOfPredicted) * ((actual[index] as number) - meanOfActual))
  return (
    mean(products) /
    Math.sqrt(mean(predicted.map((value) => (value - meanOfPredicted) ** 2)) * mean(actual.map((value) => (value - meanOfActual) ** 2)))
  )
}

export function meanAbsoluteError(predicted: readonly number[], actual: readonly number[]): number {
  return mean(predicted.map((value, index) => Math.abs(value - (actual[index] as number))))
}

export function rootMeanSquareError(predicted: readonly number[], actual: readonly number[]): number {
  return Math.sqrt(mean(predicted.map((value, index) => (value - (actual[index] as number)) ** 2)))
}

/**
 * The area under the ROC curve: how probable it is that one to whom it happened scores higher than one to whom it did
 * not, equal scores counting half. From the ranks (Mann & Whitney, 1947); NaN where it happened to all or to none.
 *
 * @throws RangeError for a score that is not a number
 */
export function areaUnderCurve(scores: readonly number[], happened: readonly boolean[]): number {
  // It equals nothing, not even itself, so it has no rank.
  if (scores.some(Number.isNaN)) throw new RangeError('a score is not a number')
  const ranked = scores.map((score, index) => ({ score, happened: happened[index] as boolean })).sort((a, b) => a.score - b.score)
  let rankSum = 0
  for (let start = 0; start < ranked.length; ) {
    let end = start
    while (end < ranked.length && ranked[end]?.score === ranked[start]?.score) end += 1
    const rank = (start + 1 + end) / 2
    for (const { happened } of ranked.slice(start, end)) if (happened) rankSum += rank
    start = end
  }
  const positives = happened.filter(Boolean).length
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (happened.length - positives))
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
