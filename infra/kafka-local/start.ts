/**
 * One Kafka broker for trying things out: `npm run kafka`, `npm run kafka -- --port 0`. It keeps nothing: what is on it
 * goes when it stops.
 */
import { parseArgs } from 'node:util'
import { startLocalBroker } from './broker.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9092' },
    log: { type: 'string', default: 'off' },
    /** Ends when its standard input does, so that it never outlives the test that started it. */
    'until-input-ends': { type: 'boolean', default: false },
  },
})

// Heard from the beginning, so that a broker that is still starting is stopped too.
const toldToStop = new Promise<void>((resolve) => {
  process.once('SIGINT', () => resolve())
  process.once('SIGTERM', () => resolve())
  if (values['until-input-ends']) process.stdin.resume().once('end', () => resolve())
})

try {
  const broker = await startLocalBroker({ port: Number(values.port), log: values.log })
  console.log(`Kafka answers at ${broker.address}; Ctrl-C stops it.`)
  const said = await Promise.race([toldToStop, broker.ended])
  await broker.stop()
  if (said !== undefined) throw new Error(`The broker ended by itself: ${said}`)
  process.exit(0)
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
