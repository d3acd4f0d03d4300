import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'

/** A door before a server: connections go through it as long as it is open, and break when it is said. */
export interface Gate {
  port: number
  /** Breaks the connections there are; new ones are let in. */
  cut(): void
  /** Breaks the connections there are, and lets nobody in until `open`. */
  shut(): Promise<void>
  open(): Promise<void>
}

export async function openGate(target: number): Promise<Gate> {
  const sockets = new Set<Socket>()
  const door = createServer((outside) => {
    const inside = createConnection(target, '127.0.0.1')
    for (const [socket, other] of [
      [outside, inside],
      [inside, outside],
    ] as const) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  const listen = async (port: number) => {
    door.listen(port, '127.0.0.1')
    await once(door, 'listening')
    return (door.address() as AddressInfo).port
  }
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const port = await listen(0)
  return {
    port,
    cut,
    async shut() {
      if (!door.listening) return
      const closed = once(door, 'close')
      door.close()
      cut()
      await closed
    },
    async open() {
      if (!door.listening) await listen(port)
    },
  }
}
