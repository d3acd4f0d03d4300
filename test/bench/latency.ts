import { setTimeout as sleep } from 'node:timers/promises'
import { consumerGroups, partitionOf, topics } from '@perennial/contracts'
import type { Engine } from '@perennial/engine'
import { reachedPosition } from '@perennial/read-store'
import { benchEvents } from '@perennial/sample-shop'
import { afterHistory } from './after-history.ts'

const tickMs = 10
/** How often it is looked whether events have arrived: they seem to be later by at most that, never earlier. */
const lookEveryMs = 5

interface Sent {
  id: string
  memberId: string
  /** When it was to be published: who publishes late, because the bus was slow, does not make it look faster. */
  at: number
}

interface Arrival {
  at: number
  /** By partition: the position that the read model shows. */
  positions: number[]
}

/**
 * Publishes events at an even rate and says how long it took until each was in the points read model. An event has
 * arrived when the checkpoint of its member's partition, which is committed together with the members' rows, has
 * reached the event's position in the log.
 */
export async function measureLatency(
  engine: Engine,
  { members, seed, latency: { perSecond, seconds } }: { members: number; seed: number; latency: { perSecond: number; seconds: number } },
): Promise<{ events: number; seconds: number; details: Record<string, number> }> {
  const points = engine.projectors.find(({ name }) => name === 'points')
  const readModel = points && (await engine.readStores.get('points')?.live(points))
  if (!readModel) throw new Error('no points read model')
  const before = await engine.eventStore.head()
  const events = perSecond * seconds
  const messages = [...benchEvents({ seed: seed + 1, members, events })].map(({ memberId, json }, index) => ({
    key: memberId,
    value: afterHistory(json, index),
  }))
  await warmUp(engine)

  const arrivals: Arrival[] = []
  let goal: number | undefined
  const watching = (async () => {
    let last = -1
    while (goal === undefined || last < goal) {
      const checkpoints = await readModel.checkpoints()
      const positions: number[] = []
      for (const { partition, position } of checkpoints) positions[partition] = position
      const sum = positions.reduce((total, position) => total + position, 0)
      if (arrivals.at(-1)?.positions.reduce((total, position) => total + position, 0) !== sum)
        arrivals.push({ at: performance.now(), positions })
      last = Math.min(...positions)
      await sleep(lookEveryMs)
    }
  })()

  const start = performance.now()
  const sent: Sent[] = []
  const publishing: Promise<void>[] = []
  for (let index = 0, tick = 0; index < messages.length; tick++) {
    const due = start + tick * tickMs
    if (due > performance.now()) await sleep(due - performance.now())
    const batch = messages.slice(index, Math.min(messages.length, Math.round(((tick + 1) * tickMs * perSecond) / 1_000)))
    for (const { key, value } of batch) sent.push({ id: identityOf(value), memberId: key, at: due })
    index += batch.length
    publishing.push(engine.bus.publish(topics.events, batch))
  }
  await Promise.all(publishing)
  const positions = await positionsAfter(engine, before, sent)
  goal = Math.max(...positions.values())
  await watching
  const times = sent
    .map(({ id, memberId, at }) => arrivedAt(arrivals, partitionOf(memberId), positions.get(id) as number) - at)
    .sort((a, b) => a - b)
  const percentile = (share: number) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] as number)
  const details = { p50Ms: percentile(0.5), p99Ms: percentile(0.99), mostMs: percentile(1) }
  return { events: 0, seconds: (performance.now() - start) / 1_000, details }
}

/** The services that were started a moment ago make their connections, and bring the history that is there to its end. */
async function warmUp({ bus, eventStore, readStores, projectors }: Engine): Promise<void> {
  await sleep(4_000)
  while ((await bus.lag(topics.events, consumerGroups.ingest)) > 0) await sleep(200)
  for (const projector of projectors) {
    const readModel = await readStores.get(projector.name)?.live(projector)
    if (!readModel) continue
    while ((await eventStore.countAfter(reachedPosition(await readModel.checkpoints()))) > 0) await sleep(200)
    while ((await readStores.get(projector.name)?.outboxLag()) !== 0) await sleep(200)
  }
}

/** Waits until all of them are in the log, and says where. */
async function positionsAfter({ eventStore }: Engine, before: number, sent: readonly Sent[]): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  const wanted = new Set(sent.map(({ id }) => id))
  for (let after = before; found.size < wanted.size; ) {
    const records = await eventStore.readAll({ after, limit: 5_000 })
    for (const { source, id, position } of records) if (wanted.has(`${source} ${id}`)) found.set(`${source} ${id}`, position)
    after = records.at(-1)?.position ?? after
    if (records.length === 0) await sleep(100)
  }
  return found
}

function identityOf(json: string): string {
  const { source, id } = JSON.parse(json) as { source: string; id: string }
  return `${source} ${id}`
}

/** Arrivals are in order, and so are the positions of a partition. */
function arrivedAt(arrivals: readonly Arrival[], partition: number, position: number): number {
  let [low, high] = [0, arrivals.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((arrivals[middle]?.positions[partition] ?? 0) >= position) high = middle
    else low = middle + 1
  }
  return (arrivals[low] as Arrival).at
}
