import { parentPort, workerData } from 'node:worker_threads'
import { backtest, fitChurnModel, fitValueModel, measureRhythm, rememberedFits, type ShopSnapshot } from '@perennial/shop-models'
import type { LearntData, Message, Task } from './in-thread.ts'

/** Runs in a thread of its own; see in-thread.ts. */

const task = workerData as Task
const say = (message: Message) => parentPort?.postMessage(message)
const onProgress = (done: number, total: number) => say({ progress: [done, total] })

function learnt({ types, snapshots, fit }: Extract<Task, { kind: 'learn' }>): LearntData[] {
  const now = snapshots[0] as ShopSnapshot
  // Both go by when members buy: what one has fitted as of now, the other takes.
  const fitModel = rememberedFits()
  return types.map((type): LearntData => {
    if (type === 'ChurnModelFitted') return { type, data: fitChurnModel(snapshots, { ...fit, onProgress }, fitModel) }
    if (type === 'RhythmMeasured') return { type, data: measureRhythm(now) }
    return { type, data: fitValueModel(now, fitModel) }
  })
}

say({ result: task.kind === 'learn' ? learnt(task) : backtest(task.snapshots, { ...task.backtest, onProgress }) })
