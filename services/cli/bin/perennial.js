#!/usr/bin/env node
// Plain JavaScript, so that even a Node.js that cannot read the sources can say why.
const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(
    `error [wrong-node]: Perennial needs Node.js 24, this is ${process.versions.node}. Start it with npx perennial, which uses the one that npm ci installed.`,
  )
  process.exit(1)
}
// The Kafka client sets timers whose time is over already, and Node.js would warn of it on every start.
const { emitWarning } = process
process.emitWarning = (warning, ...rest) => {
  if (rest[0] !== 'TimeoutNegativeWarning') emitWarning.call(process, warning, ...rest)
}
// What was compiled once is kept in the system's directory for temporary files: a third of every later start.
const { enableCompileCache } = await import('node:module')
enableCompileCache()
const { main } = await import('../src/main.ts')
await main(process.argv)
