import { currentVersions, type ModelDataOf, type ModelType, modelSource, modelTypes, readModelOfModel, upcast } from '@perennial/contracts'
import type { EventStore } from './event-store.ts'

export const modelCategory = 'model'

export function modelStream(type: ModelType): string {
  return `${modelCategory}-${readModelOfModel[type]}`
}

/** Something that was learnt from the shop, as it stands in the log. */
export type LearntModel = {
  [T in ModelType]: {
    type: T
    data: ModelDataOf[T]
    /** Event id. */
    id: string
    /** Place in the log from which on it is known. */
    position: number
    /** Milliseconds. */
    recordedAt: number
  }
}[ModelType]

/** What was learnt between two positions of the log (all without them), in the order of the log. */
export async function learntModels(eventStore: EventStore, options: { after?: number; upTo?: number } = {}): Promise<LearntModel[]> {
  const records = await eventStore.readCategory(modelCategory, options)
  return records
    .filter(({ type }) => modelTypes.has(type))
    .map(
      ({ type, version, data, id, position, recordedAt }) =>
        ({ type, data: upcast(type, version, data), id, position, recordedAt }) as LearntModel,
    )
}

/**
 * Appends what was learnt: a decision, which occurs at the instant as of which it was learnt.
 *
 * @param now the engine's clock, milliseconds
 * @returns its event id; not new where the very same is in force already
 * @throws PerennialError `wrong-revision` when somebody else appended meanwhile
 */
export async function appendModel<T extends ModelType>(
  eventStore: EventStore,
  type: T,
  data: ModelDataOf[T],
  now: number,
): Promise<{ id: string; isNew: boolean }> {
  const stream = modelStream(type)
  const before = await eventStore.readStream(stream)
  const text = JSON.stringify(data)
  const last = before.at(-1)
  // Of two of one as-of, the last is in force: what was learnt before it has to be said again.
  const inForce = before.findLast((record) => (record.data as ModelDataOf[T]).asOf === data.asOf)
  if (inForce && JSON.stringify(inForce.data) === text) return { id: inForce.id, isNew: false }
  const id = `${readModelOfModel[type]}/${(last?.revision ?? -1) + 2}`
  await eventStore.appendDecision(
    {
      stream,
      type,
      version: currentVersions[type],
      source: modelSource,
      id,
      occurredAt: Date.parse(data.asOf),
      recordedAt: now,
      data: text,
      metadata: null,
    },
    last?.revision ?? -1,
  )
  return { id, isNew: true }
}
