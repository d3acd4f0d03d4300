import { z } from 'zod'
import { churnBases } from './read-models/churn-risk.ts'

/**
 * THE STORAGE FORMAT of what was learnt from the whole shop, each in a stream of its own. The same promise holds as in
 * stored-events.ts: what stands in the log is never rewritten. What each number means stands in docs/shopping.md.
 *
 * Such an event occurs at the instant as of which it was learnt (`asOf`), and is recorded when it was made. Times are
 * days unless their name says otherwise, money is minor units.
 */

const instant = z.iso.datetime()
const count = z.int().min(0)
const share = z.number().min(0).max(1)
const parameters = z.record(z.string(), z.number())

const learnt = {
  asOf: instant,
  /** Looked at: known by then, with a shopping day. */
  members: count,
  /** Of all facts that went in: SHA-256, in hexadecimal. */
  dataHash: z.string(),
}

/** How well something foretold who buys, of members at one origin, within the horizon. */
const accuracySchema = z.looseObject({ auc: z.number(), brier: z.number(), logLoss: z.number() })

/** A group of members: what was foretold on the mean, and the share that it came to. */
const reliabilitySchema = z.looseObject({ members: count, foretold: share, observed: share })

const churnModelSchema = z.looseObject({
  ...learnt,
  horizonDays: z.number().positive(),
  repeatBuyers: count,
  basis: z.enum(churnBases),
  /** null: the member's own rhythm. */
  model: z.string().nullable(),
  parameters,
  logLikelihood: z.number().nullable(),
  /** z = intercept + sum of weight × feature; null where the basis is not `calibrated`. */
  calibration: z
    .looseObject({
      intercept: z.number(),
      weights: z.record(z.string(), z.number()),
      /** Of each feature over the members fitted on: an average member, whom drivers compare with. */
      means: z.record(z.string(), z.number()),
      /** The shop's median gap, and its median net spend by currency: what features are measured by. */
      gapDays: z.number().positive(),
      netSpend: z.record(z.string(), z.number().positive()),
    })
    .nullable(),
  /** Every model that was tried, as fitted on what was known at the holdout's origin. */
  candidates: z.array(
    z.looseObject({
      model: z.string(),
      parameters,
      logLikelihood: z.number(),
      undetermined: z.array(z.string()),
      /** On the holdout; null where there was none. */
      holdout: accuracySchema.nullable(),
      refused: z.string().nullable(),
    }),
  ),
  /** The newest origin of which the outcome is known; null where history is too short for one. */
  holdout: z
    .looseObject({
      origin: instant,
      members: count,
      /** The share that bought. */
      bought: share,
      recencyAuc: z.number(),
      /** Of the basis that is used; the calibrated one and the model alone, where they were tried. */
      used: accuracySchema,
      calibrated: accuracySchema.nullable(),
      /** The model alone; null where no candidate was left. */
      model: accuracySchema.nullable(),
      /** By band, the safest first, in terms of risk. */
      bands: z.array(reliabilitySchema.extend({ band: z.string() })),
      /** By tenths of the members, the least likely to buy first, in terms of buying. */
      deciles: z.array(reliabilitySchema),
    })
    .nullable(),
  /** Why a better basis was not taken, in sentences. */
  fallbacks: z.array(z.looseObject({ from: z.enum(churnBases), because: z.string() })),
})

const rhythmSchema = z.looseObject({
  ...learnt,
  /** Members with at least two shopping days: whose mean gaps these are. */
  repeatBuyers: count,
  /** Of the members' mean gaps between shopping days; null where fewer than 50 members came back. */
  gapDays: z
    .looseObject({
      p10: z.number().positive(),
      p25: z.number().positive(),
      p50: z.number().positive(),
      p75: z.number().positive(),
      p90: z.number().positive(),
    })
    .nullable(),
})

const cuts = z.tuple([z.number(), z.number(), z.number(), z.number()])

const valueModelSchema = z.looseObject({
  ...learnt,
  /** 20, 40, 60 and 80 % quantiles; null without a member. */
  cutPoints: z.looseObject({ silenceDays: cuts, shoppingDays: cuts, netSpend: z.record(z.string(), cuts) }).nullable(),
  /** MBG/NBD, in days; null where it could not be fitted. */
  timing: z.looseObject({ model: z.string(), parameters, logLikelihood: z.number() }).nullable(),
  /** Gamma-Gamma of net spend per shopping day, by currency. */
  spend: z.record(
    z.string(),
    z.looseObject({ parameters, logLikelihood: z.number(), members: count, /** Of how often with how much. */ correlation: z.number() }),
  ),
  /** Why something was not fitted, in sentences. */
  refused: z.array(z.string()),
})

export const modelData = {
  ChurnModelFitted: churnModelSchema,
  RhythmMeasured: rhythmSchema,
  ValueModelFitted: valueModelSchema,
} as const

export type ModelType = keyof typeof modelData
export type ModelDataOf = { [T in ModelType]: z.infer<(typeof modelData)[T]> }
export type ChurnModelData = ModelDataOf['ChurnModelFitted']
export type RhythmData = ModelDataOf['RhythmMeasured']
export type ValueModelData = ModelDataOf['ValueModelFitted']

export const modelTypes: ReadonlySet<string> = new Set(Object.keys(modelData))

/** The read model that goes by it: its stream is `model-<read model>`. */
export const readModelOfModel = {
  ChurnModelFitted: 'churn-risk',
  RhythmMeasured: 'lifecycle',
  ValueModelFitted: 'value',
} as const satisfies Record<ModelType, string>

/** Where such events come from. */
export const modelSource = '/perennial/models'
