import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe } from '@jest/globals'
import { whatIsMissing } from '../../infra/kafka-local/jars.ts'

const startScript = fileURLToPath(new URL('../../infra/kafka-local/start.ts', import.meta.url))

export interface RealKafka {
  /** For `openKafkaMessageBus`; good within tests. */
  address(): string
}

/**
 * Tests on a real broker: that of `KAFKA_BROKERS` (host:port, …), or one that is started for the test file. Skipped
 * where there is neither, but failed where PERENNIAL_REQUIRE_KAFKA=1 says that there is.
 */
export function describeWithKafka(name: string, tests: (kafka: RealKafka) => void): void {
  const given = process.env.KAFKA_BROKERS
  const required = process.env.PERENNIAL_REQUIRE_KAFKA === '1'
  const possible = given !== undefined || whatIsMissing() === undefined
  ;(possible || required ? describe : describe.skip)(`${name}, on a real Kafka broker`, () => {
    let brokers = given
    let stop: (() => Promise<void>) | undefined
    beforeAll(async () => {
      if (brokers === undefined) ({ brokers, stop } = await startBroker())
    }, 300_000)
    afterAll(async () => stop?.(), 30_000)
    tests({ address: () => `kafka://${brokers}` })
  })
}

async function startBroker(): Promise<{ brokers: string; stop(): Promise<void> }> {
  // It ends when its input does, so also when this process is killed.
  const child = spawn(process.execPath, [startScript, '--port', '0', '--until-input-ends'], { stdio: ['pipe', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  let said = ''
  const brokers = await new Promise<string>((resolve, reject) => {
    const hear = (text: string) => {
      said += text
      const address = /answers at (\S+);/.exec(said)?.[1]
      if (address) resolve(address)
    }
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
    void exited.then(() => reject(new Error(`No broker: ${said.trim()}`)))
  })
  return {
    brokers,
    async stop() {
      child.stdin.end()
      await exited
    },
  }
}
