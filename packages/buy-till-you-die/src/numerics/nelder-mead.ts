export interface Minimum {
  point: readonly number[]
  value: number
  evaluations: number
  /** False where the limit of evaluations was reached first. */
  converged: boolean
}

export interface Search {
  start: readonly number[]
  /** Length of the first simplex along each axis. */
  step: number
  /** The search ends once no corner of the simplex is farther than this from its best, along any axis. */
  tolerance: number
  evaluationsMax: number
}

interface Corner {
  point: readonly number[]
  value: number
}

/**
 * The downhill simplex method: Nelder & Mead (1965), "A simplex method for function minimization", The Computer Journal
 * 7(4), 308–313, with their coefficients: reflection 1, expansion 2, contraction ½, shrinkage ½. It needs no derivative,
 * draws no random number, and breaks ties by age: the same function gives the same bits.
 */
export function nelderMead(f: (point: readonly number[]) => number, { start, step, tolerance, evaluationsMax }: Search): Minimum {
  let evaluations = 0
  const at = (point: readonly number[]): Corner => {
    evaluations += 1
    const value = f(point)
    return { point, value: Number.isNaN(value) ? Infinity : value }
  }
  const simplex = [at(start), ...start.map((_, axis) => at(start.map((value, index) => (index === axis ? value + step : value))))]
  inOrder(simplex)
  while (evaluations < evaluationsMax && width(simplex) > tolerance) {
    const best = simplex[0] as Corner
    const worst = simplex.at(-1) as Corner
    const centre = centreOf(simplex.slice(0, -1))
    const along = (share: number) => at(centre.map((value, axis) => value + share * ((worst.point[axis] as number) - value)))
    const reflected = along(-1)
    let better: Corner | undefined
    if (reflected.value < best.value) {
      const expanded = along(-2)
      better = expanded.value < reflected.value ? expanded : reflected
    } else if (reflected.value < (simplex.at(-2) as Corner).value) better = reflected
    else {
      const contracted = along(reflected.value < worst.value ? -0.5 : 0.5)
      if (contracted.value < Math.min(reflected.value, worst.value)) better = contracted
    }
    if (better) simplex[simplex.length - 1] = better
    else for (let i = 1; i < simplex.length; i++) simplex[i] = at(centreOf([best, simplex[i] as Corner]))
    inOrder(simplex)
  }
  const { point, value } = simplex[0] as Corner
  return { point, value, evaluations, converged: width(simplex) <= tolerance }
}

/** Sorting is stable: of equals, the older corner stays in front. */
function inOrder(simplex: Corner[]): void {
  simplex.sort((a, b) => (a.value === b.value ? 0 : a.value - b.value))
}

function centreOf(corners: readonly Corner[]): number[] {
  const [first] = corners as [Corner]
  return first.point.map((_, axis) => corners.reduce((sum, { point }) => sum + (point[axis] as number), 0) / corners.length)
}

function width([best, ...others]: readonly Corner[]): number {
  const distances = others.flatMap(({ point }) => point.map((value, axis) => Math.abs(value - ((best as Corner).point[axis] as number))))
  return Math.max(...distances)
}
