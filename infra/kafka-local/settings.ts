export interface BrokerPlace {
  port: number
  /** Where clients are sent to: another port where something stands between them and the broker. */
  advertisedPort: number
  controllerPort: number
  folder: string
}

/**
 * One node that is broker and controller, with nothing that a test would wait for: no copies, one partition for each of
 * Kafka's own topics, no delay before a group's first member gets its partitions, short sessions where they are asked
 * for. Topics are created by those who need them, as in production.
 */
export function settings({ port, advertisedPort, controllerPort, folder }: BrokerPlace): string {
  return toProperties({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${advertisedPort}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': folder,

    'auto.create.topics.enable': false,
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,

    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 500,

    'log.retention.hours': 1,
    // 64 partitions a topic: indexes and buffers of the usual size would be a gigabyte of nothing.
    'log.index.size.max.bytes': 65_536,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
  })
}

function toProperties(values: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
