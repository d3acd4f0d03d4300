import featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js'
import features from '@eventstore/db-client/generated/serverfeatures_pb.js'
import streamsService, { type IStreamsServer } from '@eventstore/db-client/generated/streams_grpc_pb.js'
import { Metadata, Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js'
import { type Append, appendOnce } from './append.ts'
import { openGate } from './gate.ts'
import { createLog, type ExpectedRevision, type ProposedEvent, type StandInLog } from './log.ts'
import { read } from './read.ts'
import { subscribe } from './subscribe.ts'

/**
 * A stand-in for a KurrentDB server, for tests: the client's own generated service over a real socket, with a log in
 * memory behind it. It shows that the adapter speaks the protocol, sees conflicts, and gets over broken connections.
 *
 * What it cannot show, since whoever wrote it also wrote the adapter: that a server behaves as is assumed here. What is
 * assumed was read in the client's source and in the server's: reads include the position they begin at and
 * subscriptions do not; an append that comes again at the same revision under the same event ids is answered as done,
 * whatever is in it; each event of an append has a position of its own. Nor has it a disk, a cluster, a leader that
 * changes, TLS, users and permissions, deleted or scavenged streams, projections, limits of size, or the speed of
 * anything. Run the contract suite with KURRENTDB_URL against a server that may be filled with test data.
 */
export interface StandIn {
  url: string
  log: StandInLog
  /** Appends to streams that are none of Perennial's. */
  appendForeign(stream: string, count: number, bytesEach?: number): void
  /** Breaks the connections there are. */
  cut(): void
  goAway(): Promise<void>
  comeBack(): Promise<void>
  /** Called once, before the next append is stored; with what follows from it awaited. */
  beforeAppend: ((stream: string) => void | Promise<void>) | undefined
  /** Called once, when the next append is stored and not yet answered. */
  afterAppend: ((stream: string) => void | Promise<void>) | undefined
  /** Called once, when what the next read is answered with is settled, and not yet sent. */
  afterRead: (() => void | Promise<void>) | undefined
  /** Answers the next calls of a method with these, each once. */
  refusals: Refusal[]
  /** How often each method was called. */
  calls: { read: number; subscribe: number; append: number; batchAppend: number }
  stop(): Promise<void>
}

export interface Refusal {
  method: 'read' | 'subscribe' | 'append'
  code: status
  /** What the server calls its own errors, such as `access-denied`. */
  exception?: string
  metadata?: Readonly<Record<string, string>>
}

export interface StandInOptions {
  /** Position of the first event. */
  startsAt?: bigint
  /** Whether subscriptions say that they have come to the end, as since version 23.10. */
  saysCaughtUp?: boolean
}

export async function startStandIn({ startsAt = 1_000n, saysCaughtUp = true }: StandInOptions = {}): Promise<StandIn> {
  const log = createLog(startsAt)
  const server = new Server()
  const pending: Refusal[] = []
  const calls = { read: 0, subscribe: 0, append: 0, batchAppend: 0 }
  const refusal = (method: Refusal['method']): Partial<ServiceError> | undefined => {
    const at = pending.findIndex((next) => next.method === method)
    const [next] = at === -1 ? [] : pending.splice(at, 1)
    return next && asError(next)
  }

  const append: Append = async (stream, expected, events) => {
    await once('beforeAppend', stream)
    const outcome = log.append(stream, expected, events)
    await once('afterAppend', stream)
    return outcome
  }
  async function once(hook: 'beforeAppend' | 'afterAppend', stream: string): Promise<void> {
    const work = standIn[hook]
    standIn[hook] = undefined
    await work?.(stream)
  }

  async function afterRead(): Promise<void> {
    const work = standIn.afterRead
    standIn.afterRead = undefined
    await work?.()
  }

  const streams: Partial<IStreamsServer> = {
    read(call) {
      const method = call.request.getOptions()?.hasSubscription() ? 'subscribe' : 'read'
      calls[method]++
      const refused = refusal(method)
      if (refused) {
        call.emit('error', refused)
        return
      }
      const answered = method === 'subscribe' ? subscribe(log, call, saysCaughtUp) : read(log, call, afterRead)
      answered.catch((error: Error) => call.emit('error', error))
    },
    append(call, callback) {
      calls.append++
      const refused = refusal('append')
      if (refused) return callback(refused, null)
      appendOnce(call, append).then(
        (answer) => callback(null, answer),
        (error: Error) => callback(error, null),
      )
    },
    // Servers have it, and the client takes it where nothing keeps it from it: see the adapter for why it must not.
    batchAppend(call) {
      calls.batchAppend++
      call.emit('error', asError({ code: status.UNIMPLEMENTED }))
    },
  }
  server.addService(streamsService.StreamsService, streams as IStreamsServer)
  server.addService(featuresService.ServerFeaturesService, {
    getSupportedMethods: (_: unknown, callback: (error: null, answer: unknown) => void) => callback(null, supportedMethods()),
  })
  const port = await bind(server)
  const gate = await openGate(port)
  seedSystemEvents(log)

  const standIn: StandIn = {
    url: `esdb://127.0.0.1:${gate.port}?tls=false`,
    log,
    appendForeign: (stream, count, bytesEach = 20) => appendForeign(log, stream, count, bytesEach),
    cut: gate.cut,
    goAway: gate.shut,
    comeBack: gate.open,
    beforeAppend: undefined,
    afterAppend: undefined,
    afterRead: undefined,
    refusals: pending,
    calls,
    async stop() {
      await gate.shut()
      server.forceShutdown()
    },
  }
  return standIn
}

function bind(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port))),
  )
}

function asError({ code, exception, metadata = {} }: Omit<Refusal, 'method'>): Partial<ServiceError> {
  const trailers = new Metadata()
  for (const [name, value] of Object.entries(metadata)) trailers.set(name, value)
  if (exception) trailers.set('exception', exception)
  return Object.assign(new Error('refused by the stand-in'), { code, details: 'refused by the stand-in', metadata: trailers })
}

function supportedMethods() {
  const method = (name: string) =>
    new features.SupportedMethod().setServiceName('event_store.client.streams.Streams').setMethodName(name).setFeaturesList([])
  return new features.SupportedMethods()
    .setEventStoreServerVersion('stand-in')
    .setMethodsList([method('read'), method('append'), method('batchappend')])
}

/** A log is never empty: the server writes to it before anybody else. */
function seedSystemEvents(log: StandInLog): void {
  appendForeign(log, '$settings', 1, 20)
}

function appendForeign(log: StandInLog, stream: string, count: number, bytesEach: number): void {
  const expected: ExpectedRevision = 'any'
  const event = (n: number): ProposedEvent => ({
    id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    type: 'SomethingElse',
    contentType: 'application/octet-stream',
    data: new Uint8Array(bytesEach),
    metadata: new Uint8Array(),
  })
  log.append(
    stream,
    expected,
    Array.from({ length: count }, (_, n) => event(n)),
  )
}
