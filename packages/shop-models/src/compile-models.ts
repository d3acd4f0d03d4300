import type { ModelDataOf, ModelType } from '@perennial/contracts'
import { type ChurnModel, learnt, type ShopModels, type ShopRhythm, type ValueModel } from '@perennial/domain'
import { compileChurnModel } from './compile-churn-model.ts'
import { compileRhythm } from './rhythm-model.ts'
import { compileValueModel } from './value-model.ts'

/** What was learnt, as it stands in the log. */
type Stored = { [T in ModelType]: { type: T; data: ModelDataOf[T] } }[ModelType]

/** What was learnt, in the order in which it was recorded, made ready for folding. */
export function compileModels(models: readonly Stored[]): ShopModels {
  const churn: ChurnModel[] = []
  const rhythm: ShopRhythm[] = []
  const value: ValueModel[] = []
  for (const model of models) {
    if (model.type === 'ChurnModelFitted') churn.push(compileChurnModel(model.data))
    else if (model.type === 'RhythmMeasured') rhythm.push(compileRhythm(model.data))
    else value.push(compileValueModel(model.data))
  }
  return { churn: learnt(churn), rhythm: learnt(rhythm), value: learnt(value) }
}
