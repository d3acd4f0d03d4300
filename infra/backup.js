/**
 * Copies a data directory while its services run: `npx node infra/backup.js <data directory> <new directory>`.
 *
 * Each file is copied as of one moment, but not all files as of the same. So the order matters: the bus before the log,
 * or events would count as ingested that the copied log lacks; read models before the log, or they would stand further
 * than the copied log does; the waiting room before the log, or an event on its way between them would be in neither.
 * What is in the log and not in the copied read models is folded again after a restore.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'

const [from, to] = process.argv.slice(2)
if (!from || !to) fail('usage: npx node infra/backup.js <data directory> <new directory>')
if (!existsSync(join(from, 'log.db'))) fail(`There is no Perennial data in ${from}.`)
if (existsSync(to) && readdirSync(to).length > 0) fail(`${to} is not empty.`)
mkdirSync(to, { recursive: true })

const others = ['bus.db', 'waiting-room.db', 'log.db', 'dead-letters.db']
const readModels = readdirSync(from).filter((name) => name.endsWith('.db') && !others.includes(name))
for (const name of ['bus.db', ...readModels, 'waiting-room.db', 'log.db', 'dead-letters.db']) {
  const source = new DatabaseSync(join(from, name), { readOnly: true, timeout: 30_000 })
  // All pages in one step: a copy in several begins anew whenever a service writes in between.
  const pages = await backup(source, join(to, name), { rate: 2 ** 31 - 1 })
  source.close()
  console.log(`${name}: ${pages} pages`)
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
