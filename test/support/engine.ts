import { type CloudEvent, currentVersions, type Programme, topics } from '@perennial/contracts'
import { type Engine, type FailPoints, openEngine } from '@perennial/engine'
import { appendModel, programmeStream } from '@perennial/event-store'
import { createReader, type Reader, type Row } from '@perennial/projector'
import type { ReadModel, ReadStore, StoredMember } from '@perennial/read-store'
import { createLogger } from '@perennial/runtime'
import type { StoredModel } from '../reference/stored-models.ts'

/** An engine whose clock the test sets. */
export interface TestEngine extends Engine {
  now: number
  reader: Reader
  publish(events: readonly CloudEvent[]): Promise<void>
  readModel(name: string): Promise<ReadModel>
}

export function openTestEngine(options: { now: number; dataDirectory?: string; failPoints?: FailPoints }): TestEngine {
  const { dataDirectory = ':memory:', failPoints } = options
  const engine = openEngine({
    dataDirectory,
    clock: () => testEngine.now,
    logger: createLogger('silent'),
    ...(failPoints && { failPoints }),
  })
  const testEngine: TestEngine = Object.assign(engine, {
    now: options.now,
    reader: createReader({ ...engine, clock: () => testEngine.now }),
    publish: (events: readonly CloudEvent[]) =>
      engine.bus.publish(
        topics.events,
        events.map((event) => ({ key: event.subject, value: JSON.stringify(event) })),
      ),
    readModel(name: string) {
      const projector = engine.projectors.find((candidate) => candidate.name === name)
      if (!projector) throw new Error(`no projector ${name}`)
      return (engine.readStores.get(name) as ReadStore).live(projector)
    },
  })
  return testEngine
}

export async function publishProgrammes(engine: TestEngine, programmes: readonly Programme[]): Promise<void> {
  for (const programme of programmes) {
    const stream = programmeStream(programme.programme)
    await engine.eventStore.appendDecision(
      {
        stream,
        type: 'ProgrammePublished',
        version: currentVersions.ProgrammePublished,
        source: '/perennial/programme',
        id: `${programme.programme}/${programme.version}`,
        occurredAt: engine.now,
        recordedAt: engine.now,
        data: JSON.stringify({ programme }),
        metadata: null,
      },
      (await engine.eventStore.readStream(stream)).length - 1,
    )
  }
}

/** In this order, as of whenever each was learnt. */
export async function recordModels(engine: TestEngine, models: readonly StoredModel[]): Promise<void> {
  for (const { type, data } of models) await appendModel(engine.eventStore, type, data, engine.now)
}

/** Opens an engine, does the work, and closes it whatever happens. */
export async function withEngine<T>(options: Parameters<typeof openTestEngine>[0], work: (engine: TestEngine) => Promise<T>): Promise<T> {
  const engine = openTestEngine(options)
  try {
    return await work(engine)
  } finally {
    await engine.close()
  }
}

/** All rows of all read models, as an export gives them. */
export async function exportRows(engine: TestEngine, asOf?: number): Promise<Record<string, Row[]>> {
  const rows: Record<string, Row[]> = {}
  for (const projector of engine.projectors) {
    const ofProjector: Row[] = (rows[projector.name] = [])
    for await (const row of engine.reader.all(projector, asOf)) ofProjector.push(row)
  }
  return rows
}

/** What is stored of every member, by projector. */
export async function storedMembers(engine: TestEngine): Promise<Record<string, StoredMember[]>> {
  const stored: Record<string, StoredMember[]> = {}
  for (const { name } of engine.projectors) stored[name] = await (await engine.readModel(name)).page({ after: '', limit: 10_000 })
  return stored
}
