import { writeSync } from 'node:fs'
import { openTestEngine, publishProgrammes } from '../support/engine.ts'
import { giftOf, killNow, programme, sentByShop } from './scenario.ts'

/**
 * A shop and an engine in one process, until it is killed: publishes batch after batch, with a gift of points after
 * each, says on standard output which one is safe, while all services run. Arguments: data directory, seed, first batch, whether to begin with the programme.
 */
const [dataDirectory = '', seed = '', first = '0'] = process.argv.slice(2)
const engine = openTestEngine({ now: killNow, dataDirectory })
if ((await engine.eventStore.head()) === 0) await publishProgrammes(engine, [programme])

const stop = new AbortController()
const running = engine.run(stop.signal, { only: ['ingest', 'settlement', ...engine.projectors.map(({ name }) => name), 'relay'] })
const batches = sentByShop(Number(seed))
for (let batch = Number(first); batch < batches.length; batch++) {
  await engine.publish(batches[batch] ?? [])
  await giftOf(engine, batch)
  // Written at once: what is said to be safe is never lost in a buffer of this process.
  writeSync(1, `${batch}\n`)
  await new Promise((resolve) => setTimeout(resolve, 2))
}
await running
