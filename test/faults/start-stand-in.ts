/** The stand-in for KurrentDB in a process of its own, as a server is. It ends when its input does. */
import { startStandIn } from '../support/kurrentdb-stand-in/index.ts'

const standIn = await startStandIn()
console.log(standIn.url)
process.stdin.resume().once('end', () => process.exit(0))
