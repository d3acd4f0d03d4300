import { churnRiskProjector } from '@perennial/churn-risk'
import { lifecycleProjector } from '@perennial/lifecycle'
import { pointsProjector } from '@perennial/points'
import type { Projector } from '@perennial/projector'
import { tierProjector } from '@perennial/tier'
import { valueProjector } from '@perennial/value'

/** All projectors. A new one is a folder beside theirs and a line here. */
export const projectors: readonly Projector[] = [tierProjector, pointsProjector, lifecycleProjector, churnRiskProjector, valueProjector]
