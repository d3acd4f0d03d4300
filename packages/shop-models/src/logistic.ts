/**
 * Penalised logistic regression: P(it happens) = 1 / (1 + e^−z), z = intercept + Σ weight × feature.
 *
 * Maximum likelihood by Newton's method, which for this model is iteratively reweighted least squares: McCullagh & Nelder
 * (1989), Generalized Linear Models, 2nd edition, section 4.4. With a ridge penalty on standardised features: le Cessie &
 * van Houwelingen (1992), "Ridge Estimators in Logistic Regression", Applied Statistics 41(1), 191–201. With the logit of
 * another model's probability among the features it contains Platt (1999), "Probabilistic Outputs for Support Vector
 * Machines", in: Advances in Large Margin Classifiers, 61–74.
 */

/** Rows by column: `columns[f][row]` is feature f. Sums run in the order of the rows, so that the same rows give the same bits. */
export interface LogisticRows {
  readonly columns: readonly Float64Array[]
  /** 1 where it happened, else 0: both must occur. */
  readonly happened: Uint8Array
}

/** In the features' own units. */
export interface Logistic {
  readonly intercept: number
  readonly weights: readonly number[]
  /** Of each feature over the rows. */
  readonly means: readonly number[]
}

/**
 * ½ · ridge · Σ weight² is taken from the log-likelihood, the weights being those of standardised features: as if each
 * had been seen to be 0 ± 1 before. Against some hundred rows it is next to nothing; it keeps features that nearly say
 * the same from growing against each other, and one that separates the rows from growing without end.
 */
export const ridge = 1

/**
 * Features are logarithms or shares. One that hardly varied among the rows says next to nothing of what a real difference
 * would do: its weight must not be what a real difference would be multiplied by a million with.
 */
export const deviationMin = 0.1

const stepsMax = 100
const halvingsMax = 40
/** Largest change of a standardised weight in the last step. */
const tolerance = 1e-10

/**
 * @param neverNegative columns whose weight must not be below 0: of those that came out so, the most negative (as a
 *   standardised weight) is left out, and the rest fitted again, until there is none.
 * @throws RangeError where it happened on all rows, or on none: there is no maximum then.
 */
export function fitLogistic(rows: LogisticRows, neverNegative: ReadonlySet<number>): Logistic {
  const count = rows.happened.length
  const often = rows.happened.reduce((sum, each) => sum + each, 0)
  if (often === 0 || often === count) throw new RangeError('it happened on all rows, or on none')
  const standard = rows.columns.map(standardised)
  const weights = standard.map(() => 0)
  let free = standard.flatMap(({ deviation }, column) => (deviation > 0 ? [column] : []))
  let intercept = Math.log(often / (count - often))
  for (;;) {
    const start = [intercept, ...free.map((column) => weights[column] as number)]
    const found = newton({ columns: free.map((column) => (standard[column] as Standardised).values), happened: rows.happened }, start)
    intercept = found[0] as number
    weights.fill(0)
    for (const [index, column] of free.entries()) weights[column] = found[index + 1] as number
    const worst = mostNegative(weights, neverNegative)
    if (worst === undefined) break
    weights[worst] = 0
    free = free.filter((column) => column !== worst)
  }
  const raw = weights.map((weight, column) => (weight === 0 ? 0 : weight / (standard[column] as Standardised).deviation))
  const means = standard.map(({ mean }) => mean)
  return { intercept: raw.reduce((sum, weight, column) => sum - weight * (means[column] as number), intercept), weights: raw, means }
}

function mostNegative(weights: readonly number[], among: ReadonlySet<number>): number | undefined {
  let worst: number | undefined
  for (const [column, weight] of weights.entries()) {
    if (among.has(column) && weight < 0 && weight < (worst === undefined ? 0 : (weights[worst] as number))) worst = column
  }
  return worst
}

interface Standardised {
  values: Float64Array
  mean: number
  /** What differences are measured by, `deviationMin` at least; 0 where the column does not vary. */
  deviation: number
}

function standardised(column: Float64Array): Standardised {
  const first = column[0] as number
  if (column.every((value) => value === first)) return { values: column, mean: first, deviation: 0 }
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length
  const deviation = Math.max(deviationMin, Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length))
  return { values: column.map((value) => (value - mean) / deviation), mean, deviation }
}

/** Intercept and weights at the maximum of the penalised log-likelihood, from `start`. */
function newton(rows: LogisticRows, start: readonly number[]): readonly number[] {
  let at = start
  let here = penalisedLogLikelihood(rows, at)
  for (let step = 0; step < stepsMax; step++) {
    const { gradient, curvature } = derivatives(rows, at)
    const direction = solvePositiveDefinite(curvature, gradient)
    let length = 1
    let next = moved(at, direction, length)
    let there = penalisedLogLikelihood(rows, next)
    for (let halving = 0; !(there >= here) && halving < halvingsMax; halving++) {
      length /= 2
      next = moved(at, direction, length)
      there = penalisedLogLikelihood(rows, next)
    }
    // Not even the shortest step gains anything: rounding is all that is left.
    if (!(there >= here)) return at
    at = next
    here = there
    if (direction.every((change) => Math.abs(change * length) <= tolerance)) return at
  }
  return at
}

function moved(at: readonly number[], direction: readonly number[], length: number): number[] {
  return at.map((value, index) => value + length * (direction[index] as number))
}

function linear({ columns }: LogisticRows, at: readonly number[], row: number): number {
  let z = at[0] as number
  for (let column = 0; column < columns.length; column++)
    z += (at[column + 1] as number) * ((columns[column] as Float64Array)[row] as number)
  return z
}

function penalisedLogLikelihood(rows: LogisticRows, at: readonly number[]): number {
  let sum = 0
  for (let row = 0; row < rows.happened.length; row++) {
    const z = linear(rows, at, row)
    const against = rows.happened[row] === 1 ? -z : z
    // −ln(1 + eᵃ), whatever the size of a.
    sum -= against > 0 ? against + Math.log1p(Math.exp(-against)) : Math.log1p(Math.exp(against))
  }
  for (let index = 1; index < at.length; index++) sum -= (ridge / 2) * (at[index] as number) ** 2
  return sum
}

/** The gradient, and minus the matrix of second derivatives (its lower half). */
function derivatives(rows: LogisticRows, at: readonly number[]): { gradient: number[]; curvature: number[][] } {
  const size = at.length
  const gradient = new Array<number>(size).fill(0)
  const curvature = Array.from({ length: size }, () => new Array<number>(size).fill(0))
  const x = new Float64Array(size).fill(1)
  for (let row = 0; row < rows.happened.length; row++) {
    for (let index = 1; index < size; index++) x[index] = (rows.columns[index - 1] as Float64Array)[row] as number
    const p = 1 / (1 + Math.exp(-linear(rows, at, row)))
    const off = (rows.happened[row] as number) - p
    const spread = p * (1 - p)
    for (let i = 0; i < size; i++) {
      const xi = x[i] as number
      gradient[i] = (gradient[i] as number) + off * xi
      const line = curvature[i] as number[]
      for (let j = 0; j <= i; j++) line[j] = (line[j] as number) + spread * xi * (x[j] as number)
    }
  }
  for (let index = 1; index < size; index++) {
    gradient[index] = (gradient[index] as number) - ridge * (at[index] as number)
    const line = curvature[index] as number[]
    line[index] = (line[index] as number) + ridge
  }
  return { gradient, curvature }
}

/** Solves A · v = b by Cholesky's decomposition. A is given by its lower half. */
function solvePositiveDefinite(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const size = b.length
  const lower = a.map((line) => [...line])
  const at = (i: number, j: number) => (lower[i] as number[])[j] as number
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      let sum = at(i, j)
      for (let k = 0; k < j; k++)
        sum -= at(i, k) * at(j, k)
        // Rounding may take what is hardly above 0 below it; the step is then short, and halved where it does not help.
      ;(lower[i] as number[])[j] = i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE ** 0.5)) : sum / at(j, j)
    }
  }
  const v = [...b]
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) v[i] = (v[i] as number) - at(i, k) * (v[k] as number)
    v[i] = (v[i] as number) / at(i, i)
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) v[i] = (v[i] as number) - at(k, i) * (v[k] as number)
    v[i] = (v[i] as number) / at(i, i)
  }
  return v
}
