import { describe, expect, test } from '@jest/globals'
import type { Message } from '@perennial/message-bus'
import { type BatcherOptions, createBatcher, type PartitionBatch } from './batcher.ts'

const messages = (partition: number, from: number, count: number): Message[] =>
  Array.from({ length: count }, (_, n) => ({
    key: `k${partition}`,
    value: `${partition}/${from + n}`,
    headers: {},
    partition,
    offset: from + n,
  }))

/** What the client is told, in the order in which it is. */
function client() {
  const told: string[] = []
  const state = { running: true, stale: false, heartbeat: async () => {}, commit: async () => {} }
  const batch = (partition: number, from: number, count: number, end = from + count): PartitionBatch => ({
    partition,
    messages: messages(partition, from, count),
    end: String(end),
    payload: {
      async heartbeat() {
        told.push('heartbeat')
        await state.heartbeat()
      },
      resolveOffset: (offset) => void told.push(`resolved ${partition}/${offset}`),
      async commitOffsetsIfNecessary(offsets) {
        await state.commit()
        const partitions = offsets?.topics.flatMap(({ partitions }) => partitions.map(({ partition, offset }) => `${partition}/${offset}`))
        told.push(`acknowledged ${partitions?.join(' ')}`)
      },
      isRunning: () => state.running,
      isStale: () => state.stale,
    },
  })
  return { told, state, batch }
}

function batcher(options: Partial<BatcherOptions> = {}) {
  const handled: string[][] = []
  const failures: unknown[] = []
  const {
    offer,
    busy,
    handled: settled,
  } = createBatcher({
    topic: 'retail-events',
    batchMax: 5,
    heartbeatMs: 60_000,
    handle: async (batch) => void handled.push(batch.map(({ value }) => String(value))),
    onFailure: (error) => void failures.push(error),
    isOver: () => false,
    ...options,
  })
  return { offer, busy, settled, handled, failures }
}

describe('batches of several partitions', () => {
  test('become few large ones, each acknowledged at once and before the next', async () => {
    const { told, batch } = client()
    const { offer, handled, busy } = batcher()
    await Promise.all([offer(batch(0, 10, 3)), offer(batch(1, 0, 4)), offer(batch(2, 7, 2))])
    expect(handled).toEqual([
      ['0/10', '0/11', '0/12', '1/0', '1/1'],
      ['1/2', '1/3', '2/7', '2/8'],
    ])
    expect(told).toEqual([
      'heartbeat',
      'acknowledged 0/13 1/2',
      'resolved 0/12',
      'resolved 1/1',
      'heartbeat',
      'acknowledged 1/4 2/9',
      'resolved 1/3',
      'resolved 2/8',
    ])
    expect(busy()).toBe(false)
  })

  test('are done as soon as all of their own messages are', async () => {
    const { batch } = client()
    const order: string[] = []
    const { offer } = batcher({ handle: async (batch) => void order.push(`handled ${batch.length}`) })
    const small = offer(batch(0, 0, 2)).then(() => order.push('small'))
    const large = offer(batch(1, 0, 9)).then(() => order.push('large'))
    await Promise.all([small, large])
    expect(order).toEqual(['handled 5', 'small', 'handled 5', 'handled 1', 'large'])
  })

  test('are acknowledged behind what follows the last message and is not for us', async () => {
    const { told, batch } = client()
    await batcher().offer(batch(0, 0, 3, 5))
    expect(told).toContain('acknowledged 0/5')
  })
})

describe('nothing more is handled, and nothing acknowledged that was not', () => {
  const offered = async (options: Partial<BatcherOptions>, change: (state: ReturnType<typeof client>['state']) => void) => {
    const { told, state, batch } = client()
    const all = batcher({
      ...options,
      async handle(messages) {
        all.handled.push(messages.map(({ value }) => String(value)))
        change(state)
        await options.handle?.(messages)
      },
    })
    const outcomes = await Promise.allSettled([all.offer(batch(0, 0, 8)), all.offer(batch(1, 0, 8))])
    return { ...all, told, outcomes }
  }
  const acknowledged = (told: readonly string[]) => told.filter((what) => what.startsWith('acknowledged'))

  test('when the consumer is told to stop: the batch that has begun is the last', async () => {
    let over = false
    const { handled, told, outcomes } = await offered({ isOver: () => over }, () => {
      over = true
    })
    expect([handled.length, acknowledged(told), outcomes.map(({ status }) => status)]).toEqual([
      1,
      ['acknowledged 0/5'],
      ['fulfilled', 'fulfilled'],
    ])
  })

  test.each(['running', 'stale'] as const)('when the client says that it is (not) %s', async (field) => {
    const { handled, told } = await offered({}, (state) => {
      state[field] = !state[field]
    })
    expect([handled.length, acknowledged(told)]).toEqual([1, ['acknowledged 0/5']])
  })

  test('when partitions are shared out anew: the client hears it for each of them', async () => {
    const { handled, told, outcomes, failures } = await offered({}, (state) => {
      state.heartbeat = () => Promise.reject(new Error('rebalancing'))
    })
    expect([handled.length, acknowledged(told), failures]).toEqual([1, ['acknowledged 0/5'], []])
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.message)).toEqual(['rebalancing', 'rebalancing'])
  })

  test('when the brokers do not take the acknowledgement', async () => {
    const { handled, told, outcomes } = await offered({}, (state) => {
      state.commit = () => Promise.reject(new Error('not the coordinator'))
    })
    expect([handled.length, told, outcomes.map(({ status }) => status)]).toEqual([1, ['heartbeat'], ['rejected', 'rejected']])
  })

  test('when handling fails; that is no error of the client', async () => {
    let over = false
    const { handled, told, outcomes, failures } = await offered(
      {
        handle: () => Promise.reject(new Error('disk full')),
        isOver: () => over,
      },
      () => {
        over = true
      },
    )
    expect([handled.length, told, outcomes.map(({ status }) => status)]).toEqual([1, ['heartbeat'], ['fulfilled', 'fulfilled']])
    expect(failures).toEqual([new Error('disk full')])
  })
})

test('while a batch takes long, there are signs of life', async () => {
  const { told, batch } = client()
  const { offer } = batcher({ heartbeatMs: 10, handle: () => new Promise((resolve) => setTimeout(resolve, 100)) })
  await offer(batch(0, 0, 1))
  expect(told.filter((what) => what === 'heartbeat').length).toBeGreaterThan(3)
})

test('who ends need not wait longer than the batch takes, also where its acknowledgement does', async () => {
  const { state, batch } = client()
  const order: string[] = []
  state.commit = async () => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    order.push('acknowledged')
  }
  const { offer, settled } = batcher({
    async handle() {
      await new Promise((resolve) => setTimeout(resolve, 10))
      order.push('handled')
    },
  })
  const offered = offer(batch(0, 0, 1))
  await new Promise((resolve) => setTimeout(resolve, 5))
  await settled()
  order.push('settled')
  await offered
  expect(order).toEqual(['handled', 'settled', 'acknowledged'])
})
