import type fc from 'fast-check'

/** PERENNIAL_SEED repeats a run; PERENNIAL_RUNS multiplies how much is tried (1 is the default). */
export const seed = Number(process.env.PERENNIAL_SEED ?? Date.now() % 2 ** 31)
const runsFactor = Number(process.env.PERENNIAL_RUNS ?? 1)

export function runs(numRuns: number): fc.Parameters<unknown> {
  return { seed, numRuns: Math.ceil(numRuns * runsFactor), endOnFailure: false }
}

/** Generous, because shrinking takes long. */
export const propertyTimeoutMs = 600_000 * Math.max(1, runsFactor)
