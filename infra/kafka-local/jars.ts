import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const pom = join(import.meta.dirname, 'pom.xml')
/** Beside what npm installs: it is ignored by git, and made again when it is missing. */
const cache = join(import.meta.dirname, '../../node_modules/.cache/kafka-local')

const otherwise = 'or set KAFKA_BROKERS to the host:port of a broker that runs already'
const missing = {
  java: `Java is missing. Install a Java 17 or newer, ${otherwise}.`,
  mvn: `Maven is missing; it fetches the broker's jars. Install Maven 3.6 or newer, ${otherwise}.`,
}

/** What keeps a broker from being started here, in one line; undefined where nothing does. */
export function whatIsMissing(): string | undefined {
  if (!isOnPath('java')) return missing.java
  return existsSync(directory()) || isOnPath('mvn') ? undefined : missing.mvn
}

/**
 * The jars of the broker as a class path. Maven fetches them once, about 45 MB; later starts do not ask it.
 *
 * @throws Error that says in one line what is missing, or what Maven said
 */
export function classPath(): string {
  const lack = whatIsMissing()
  if (lack) throw new Error(lack)
  const jars = directory()
  if (!existsSync(jars)) fetchInto(jars)
  return join(jars, '*')
}

/** Another pom is another directory. */
function directory(): string {
  return join(cache, createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12))
}

function fetchInto(jars: string): void {
  mkdirSync(cache, { recursive: true })
  // Filled under another name, so that a fetch that was cut off is not taken for a whole one.
  const filling = mkdtempSync(join(cache, 'filling-'))
  const { status, stdout } = spawnSync(
    'mvn',
    ['--batch-mode', '--quiet', '--file', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${filling}`],
    { encoding: 'utf8' },
  )
  if (status !== 0) {
    rmSync(filling, { recursive: true, force: true })
    const reason = /\[ERROR\] (.*)/.exec(stdout)?.[1] ?? 'it says no more'
    throw new Error(`Maven could not fetch the broker's jars: ${reason}`)
  }
  try {
    renameSync(filling, jars)
  } catch (error) {
    // Another start was faster.
    rmSync(filling, { recursive: true, force: true })
    if (!existsSync(jars)) throw error
  }
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
