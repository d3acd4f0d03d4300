import { readFileSync } from 'node:fs'
import { PerennialError } from '@perennial/contracts'

export const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const

export interface KafkaAddress {
  /** host:port of the brokers that are asked first; the others are learnt from them. */
  brokers: string[]
  ssl: boolean | { ca: string[] }
  sasl?: { mechanism: (typeof mechanisms)[number]; username: string; password: string }
}

const form = /^kafka:\/\/(?:([^/?#]*)@)?([^@/?#]+)\/?(?:\?([^#]*))?$/
const host = /^([\w.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i
const options = ['tls', 'tlsCAFile', 'mechanism']

/**
 * Takes an address apart, such as `kafka://one:9092,two:9092` or
 * `kafka://user:password@one:9093?tls=true&mechanism=scram-sha-512`.
 *
 * - `tls=true` encrypts; `tlsCAFile` is a file with the certificates to trust, where the system does not have them.
 * - `mechanism` is how user and password are checked: `plain` (without it), `scram-sha-256`, `scram-sha-512`.
 *
 * @throws PerennialError `store-address`, which never tells the address itself
 */
export function readKafkaAddress(address: string): KafkaAddress {
  const [, user, hosts, query] = form.exec(address.trim()) ?? []
  if (hosts === undefined) throw fault('It has to be like kafka://host:9092,host:9092.')
  const given = new URLSearchParams(query)
  for (const name of given.keys()) {
    if (!options.includes(name)) throw fault(`There is no option "${name}"; there are ${options.join(', ')}.`)
  }
  return { brokers: hosts.split(',').map(readHost), ssl: readTls(given), ...(user !== undefined && { sasl: readUser(user, given) }) }
}

function readHost(text: string): string {
  const parts = host.exec(text)
  if (!parts) throw fault('A host has to be like host:9092.')
  return parts[2] ? text : `${text}:9092`
}

function readTls(given: URLSearchParams): KafkaAddress['ssl'] {
  const tls = given.get('tls') ?? 'false'
  const file = given.get('tlsCAFile')
  if (tls !== 'true' && tls !== 'false') throw fault('tls is true or false.')
  if (file === null) return tls === 'true'
  if (tls === 'false') throw fault('tlsCAFile is of use only with tls=true.')
  try {
    return { ca: [readFileSync(file, 'utf8')] }
  } catch (cause) {
    throw new PerennialError('file-not-readable', { where: file, cause })
  }
}

function readUser(user: string, given: URLSearchParams): NonNullable<KafkaAddress['sasl']> {
  const colon = user.indexOf(':')
  const mechanism = mechanisms.find((known) => known === (given.get('mechanism') ?? 'plain'))
  if (colon < 1) throw fault('A user has to be like user:password@host.')
  if (!mechanism) throw fault(`mechanism is one of ${mechanisms.join(', ')}.`)
  try {
    const [username, password] = [user.slice(0, colon), user.slice(colon + 1)].map(decodeURIComponent) as [string, string]
    return { mechanism, username, password }
  } catch {
    throw fault('The user or the password is not percent-encoded as it should be.')
  }
}

function fault(message: string): PerennialError {
  return new PerennialError('store-address', { where: 'Kafka', message })
}
