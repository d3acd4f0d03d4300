import { Worker } from 'node:worker_threads'
import type { ModelDataOf, ModelType } from '@perennial/contracts'
import type { BacktestOptions, BacktestReport, ChurnFitOptions, ShopSnapshot } from '@perennial/shop-models'

/** Work that takes seconds of nothing but arithmetic. */
export type Task =
  | { kind: 'learn'; types: readonly ModelType[]; snapshots: readonly ShopSnapshot[]; fit: ChurnFitOptions }
  | { kind: 'backtest'; snapshots: readonly ShopSnapshot[]; backtest: BacktestOptions }

export type LearntData = { [T in ModelType]: { type: T; data: ModelDataOf[T] } }[ModelType]

export interface ResultOf {
  learn: LearntData[]
  backtest: BacktestReport
}

/** What the thread says: how far it is, and in the end what came out. */
export type Message = { progress: [done: number, total: number] } | { result: ResultOf[keyof ResultOf] }

/** Runs a task in a thread of its own; stopping it loses nothing but the work. */
export async function inThread<T extends Task>(
  task: T,
  onProgress: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<ResultOf[T['kind']]> {
  signal?.throwIfAborted()
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: withoutFunctions(task) })
  const stop = () => void worker.terminate()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    return await new Promise((resolve, reject) => {
      worker.on('message', (message: Message) => {
        if ('progress' in message) onProgress(...message.progress)
        else resolve(message.result as ResultOf[T['kind']])
      })
      worker.on('error', reject)
      worker.on('exit', () => reject(signal?.reason ?? new Error('the thread ended without a result')))
    })
  } finally {
    signal?.removeEventListener('abort', stop)
    await worker.terminate()
  }
}

/** Functions cannot cross to another thread. */
function withoutFunctions(task: Task): Task {
  if (task.kind === 'learn') {
    const { onProgress: _, ...fit } = task.fit
    return { ...task, fit }
  }
  const { onProgress: _, ...backtest } = task.backtest
  return { ...task, backtest }
}
