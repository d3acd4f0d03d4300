import { connect, createServer, type Socket } from 'node:net'

/** Stands between clients and a server, and makes the network between them bad. */
export interface TcpProxy {
  port: number
  /** Where it passes everything on to; can change, as a server's address can. */
  target: number
  /** Bytes take that long in each direction, in order; 0 for at once. */
  latencyMs: number
  /**
   * While it is set, nothing passes in either direction, and nobody is told: connections stay open as they do where a
   * cable was pulled. What was sent meanwhile is lost with its connection: whoever has been cut off so is disconnected
   * when it ends.
   */
  isSilent: boolean
  /** Breaks the connections there are; new ones are taken. */
  cut(): void
  close(): Promise<void>
}

interface Pair {
  near: Socket
  far: Socket
  lostBytes: boolean
}

export async function startTcpProxy(target = 0): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  let silent = false
  const end = (pair: Pair) => {
    pair.near.destroy()
    pair.far.destroy()
    pairs.delete(pair)
  }
  const server = createServer((near) => {
    const far = connect(proxy.target, '127.0.0.1')
    const pair: Pair = { near, far, lostBytes: false }
    pairs.add(pair)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const pass = inTime(to)
      from.setNoDelay(true)
      from.on('error', () => {})
      // While the network is silent, nobody hears that the other side has gone either.
      from.on('close', () => {
        if (silent) pair.lostBytes = true
        else end(pair)
      })
      from.on('data', (bytes) => {
        if (silent) pair.lostBytes = true
        else pass(bytes, proxy.latencyMs)
      })
    }
  })
  const proxy: TcpProxy = {
    port: 0,
    target,
    latencyMs: 0,
    get isSilent() {
      return silent
    },
    set isSilent(now) {
      silent = now
      if (silent) return
      for (const pair of pairs) if (pair.lostBytes) end(pair)
    },
    cut() {
      for (const pair of pairs) end(pair)
    },
    async close() {
      silent = false
      proxy.cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy.port = (server.address() as { port: number }).port
  return proxy
}

/** Writes bytes after as long as the network takes, and never before those that were on their way already. */
function inTime(to: Socket): (bytes: Buffer, latencyMs: number) => void {
  const onTheWay: Buffer[] = []
  return (bytes, latencyMs) => {
    if (latencyMs === 0 && onTheWay.length === 0) return void to.write(bytes)
    onTheWay.push(bytes)
    setTimeout(() => {
      const next = onTheWay.shift()
      if (next && to.writable) to.write(next)
    }, latencyMs)
  }
}
