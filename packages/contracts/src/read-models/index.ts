import type { z } from 'zod'
import { churnRisk } from './churn-risk.ts'
import { lifecycle } from './lifecycle.ts'
import { points } from './points.ts'
import type { ReadModelContract } from './read-model.ts'
import { tier } from './tier.ts'
import { value } from './value.ts'

export { type ChurnBasis, type ChurnRiskRow, churnBases, type RiskBand, riskBands } from './churn-risk.ts'
export { exampleAsOf, exampleMember } from './fields.ts'
export { type LifecycleReason, type LifecycleRow, type LifecycleStage, lifecycleReasons, lifecycleStages } from './lifecycle.ts'
export type { PointsRow } from './points.ts'
export type { ReadModelContract } from './read-model.ts'
export type { TierRow } from './tier.ts'
export { type ValueRow, type ValueSegment, valueSegments } from './value.ts'

/** The contract of every read model, by name. A new one is a file beside theirs and a line here. */
export const readModelContracts = { tier, points, lifecycle, 'churn-risk': churnRisk, value } as const satisfies Record<
  string,
  ReadModelContract
>

type Contracts = typeof readModelContracts
export type ReadModelName = keyof Contracts

/** The schema of a row, by read model. */
export const readModels = Object.fromEntries(Object.entries(readModelContracts).map(([name, { row }]) => [name, row])) as {
  readonly [Name in ReadModelName]: Contracts[Name]['row']
}

type AllOf<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void ? All : never

/** The data of every announcement, by type. */
export const announcementData = Object.assign({}, ...Object.values(readModelContracts).map(({ announcements }) => announcements)) as {
  readonly [Type in keyof AllOf<Contracts[ReadModelName]['announcements']>]: AllOf<Contracts[ReadModelName]['announcements']>[Type] &
    z.ZodObject
}
