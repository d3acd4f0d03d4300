import type { ModelName } from '@perennial/buy-till-you-die'
import type { OwnRhythmRules } from './chance-by-rhythm.ts'
import type { BandThresholds } from './risk-bands.ts'

/** What the programme says of churn risk, as of the fit, and what is tried. */
export interface ChurnFitOptions {
  /** Risk is the chance that nothing is bought within this. */
  readonly horizonDays: number
  readonly bands: BandThresholds
  readonly ownRhythm: OwnRhythmRules
  /** Candidates; `defaultModels` where left out. */
  readonly models?: readonly ModelName[]
  onProgress?(done: number, total: number): void
}

/** MBG/CNBD-k is left to whoever asks for it: with k > 1 it is never scored with. */
export const defaultModels: readonly ModelName[] = ['nbd', 'bg-nbd', 'mbg-nbd', 'pareto-nbd']
