import type { Fraction } from '../money/exact.ts'

/** A tier of the programme, made ready for folding. */
export interface Level {
  index: number
  name: string
  /** Minor units where spend qualifies, else points or purchases. */
  from: number
  multiply: Fraction
}
