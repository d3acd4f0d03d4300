import type fc from 'fast-check'

/**
 * The same in every run, so that whether the tests pass depends on the code alone and never on luck: what breaks them is
 * the change at hand. New ground is searched apart from that, with `npm run test:search`; what is found there is mended,
 * and kept as an example.
 */
const usualSeed = 20_250_301

/**
 * What random choices begin with. PERENNIAL_SEED repeats another run, or is `random` to draw a new one; PERENNIAL_RUNS
 * multiplies how much is tried (1 is the default).
 */
export const seed = seedFrom(process.env.PERENNIAL_SEED)
const runsFactor = factorFrom(process.env.PERENNIAL_RUNS)

function seedFrom(text: string | undefined): number {
  if (!text) return usualSeed
  if (text === 'random') return Math.floor(Math.random() * 2 ** 31)
  const given = Number(text)
  // fast-check makes something of any number, and of none: nobody could say what was tried.
  if (!Number.isInteger(given)) throw new Error(`PERENNIAL_SEED is a whole number or 'random', not '${text}'`)
  return given
}

function factorFrom(text: string | undefined): number {
  const factor = Number(text || 1)
  // Of no number, nothing would be tried, and every test would pass.
  if (!(factor > 0 && Number.isFinite(factor))) throw new Error(`PERENNIAL_RUNS is a number above 0, not '${text}'`)
  return factor
}

export function runs(numRuns: number): fc.Parameters<unknown> {
  return { seed, numRuns: Math.ceil(numRuns * runsFactor), endOnFailure: false }
}

/** Generous, because shrinking takes long. */
export const propertyTimeoutMs = 600_000 * Math.max(1, runsFactor)
