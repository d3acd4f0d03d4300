import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe } from '@jest/globals'
import { whatIsMissing } from '../../infra/kafka-local/jars.ts'
import { imageOfCompose, imageToBeHad } from './docker.ts'

const startScript = fileURLToPath(new URL('../../infra/kafka-local/start.ts', import.meta.url))
const given = process.env.KAFKA_BROKERS
const image = imageOfCompose('apache/kafka')
const hasJava = whatIsMissing() === undefined
// Asked last: Docker takes longer to answer, and its broker longer to start.
const inContainer = given === undefined && !hasJava && (await imageToBeHad(image))

interface Broker {
  /** host:port */
  brokers: string
  stop(): Promise<void>
}

export interface RealKafka {
  /** For `openKafkaMessageBus`; good within tests. */
  address(): string
}

/**
 * Tests on a real broker: that of `KAFKA_BROKERS` (host:port, …), or one that is started for the test file, by Java or
 * else by Docker. Skipped where there is none of them, but failed where PERENNIAL_REQUIRE_KAFKA=1 says that there is.
 */
export function describeWithKafka(name: string, tests: (kafka: RealKafka) => void): void {
  const required = process.env.PERENNIAL_REQUIRE_KAFKA === '1'
  const possible = given !== undefined || hasJava || inContainer
  ;(possible || required ? describe : describe.skip)(`${name}, on a real Kafka broker`, () => {
    let brokers = given
    let stop: (() => Promise<void>) | undefined
    beforeAll(async () => {
      if (brokers === undefined) ({ brokers, stop } = await (inContainer ? startContainer() : startBroker()))
    }, 300_000)
    afterAll(async () => stop?.(), 30_000)
    tests({ address: () => `kafka://${brokers}` })
  })
}

async function startBroker(): Promise<Broker> {
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

const waiting = 'Waiting for the address that clients are sent to'

/**
 * A broker tells its clients where it is, and where that is as they see it is known only when its port has been mapped:
 * so the container is started first and waits, and the broker is started in it once it has been told.
 */
async function startContainer(): Promise<Broker> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const toldThen = `echo '${waiting}'; until [ -s /tmp/told ]; do sleep 0.1; done; `
  const container = await new GenericContainer(image)
    .withExposedPorts(9092)
    .withEnvironment(settings)
    .withCommand(['sh', '-c', `${toldThen}KAFKA_ADVERTISED_LISTENERS=$(cat /tmp/told) exec /etc/kafka/docker/run`])
    .withWaitStrategy(Wait.forLogMessage(waiting))
    .start()
  const stop = async () => void (await container.stop())
  try {
    const brokers = `${container.getHost()}:${container.getMappedPort(9092)}`
    await container.exec(['sh', '-c', 'echo "$0" > /tmp/told', `PLAINTEXT://${brokers},INSIDE://localhost:9094`])
    await started(await container.logs())
    return { brokers, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** @throws Error with the last line of a log that ends, or goes on for two minutes, without a broker */
async function started(log: Readable): Promise<void> {
  let said = ''
  try {
    const lines = createInterface({ input: log, signal: AbortSignal.timeout(120_000) })
    for await (said of lines) if (said.includes('Kafka Server started')) return
  } finally {
    log.destroy()
  }
  throw new Error(`No broker in a container of ${image}: ${said}`)
}

/** What `infra/kafka-local/settings.ts` says, as this image takes it. The broker talks to itself where no port is mapped. */
const settings = {
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
  KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093,INSIDE://:9094',
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  KAFKA_INTER_BROKER_LISTENER_NAME: 'INSIDE',
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT',
  KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  KAFKA_DEFAULT_REPLICATION_FACTOR: '1',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '1',
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '500',
  KAFKA_LOG_INDEX_SIZE_MAX_BYTES: '65536',
  KAFKA_LOG_CLEANER_DEDUPE_BUFFER_SIZE: '2097152',
}
