import { PerennialError } from '@perennial/contracts'

export interface Credentials {
  username: string
  password: string
}

export interface ServerAddress {
  /** For the client, without the credentials: it prints what it does not understand, and logs the rest under DEBUG. */
  connectionString: string
  credentials: Credentials
}

/** Options of the client that make sense here. One that it does not know, it passes over; one misspelt would be lost. */
const knownOptions = [
  'tls',
  'tlsCAFile',
  'connectionName',
  'defaultDeadline',
  'maxDiscoverAttempts',
  'discoveryInterval',
  'gossipTimeout',
  'nodePreference',
  'keepAliveInterval',
  'keepAliveTimeout',
]
const form = /^(?:esdb|kurrentdb|kurrent|kdb)(\+discover)?:\/\/([^/?]+)\/*(?:\?(.*))?$/

/** Sent nowhere, as there is no user without TLS; see `appendToStream` in `server.ts` for what they are good for. */
const nobody: Credentials = { username: '', password: '' }

/**
 * Takes an address apart, such as `esdb://user:password@host:2113` or `kurrentdb+discover://user:password@host?tls=true`.
 * @throws PerennialError `store-address`, which never tells the address itself
 */
export function readAddress(address: string): ServerAddress {
  const parts = form.exec(address.trim())
  if (!parts) throw fault('It has to be like esdb://user:password@host:2113.')
  const [, discover = '', authority = '', query = ''] = parts
  const hosts = authority.slice(authority.lastIndexOf('@') + 1)
  const user = authority.slice(0, Math.max(0, authority.lastIndexOf('@')))
  const options = new URLSearchParams(query)
  checkOptions(options)
  const encrypted = [...options].every(([name, value]) => flat(name) !== 'tls' || value === 'true')
  if (encrypted && user === '') throw fault('A connection with TLS needs user:password@ before the host; say ?tls=false for one without.')
  return {
    connectionString: `esdb${discover}://${hosts}${query === '' ? '' : `?${query}`}`,
    credentials: user === '' ? nobody : readCredentials(user),
  }
}

function checkOptions(options: URLSearchParams): void {
  const known = new Set(knownOptions.map(flat))
  for (const name of options.keys()) {
    if (!known.has(flat(name))) throw fault(`There is no option "${name}"; there are ${knownOptions.join(', ')}.`)
  }
}

function readCredentials(user: string): Credentials {
  const colon = user.indexOf(':')
  if (colon < 1) throw fault('The user has to be followed by a colon and the password.')
  try {
    return { username: decodeURIComponent(user.slice(0, colon)), password: decodeURIComponent(user.slice(colon + 1)) }
  } catch {
    throw fault('A percent sign in user or password has to be written as %25.')
  }
}

/** The client takes the names of options in any case, with underlines or without. */
function flat(name: string): string {
  return name.trim().toLowerCase().replace(/[_-]/g, '')
}

export function fault(message: string): PerennialError {
  return new PerennialError('store-address', { message })
}
