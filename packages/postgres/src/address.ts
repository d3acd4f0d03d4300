import { PerennialError } from '@perennial/contracts'
import { Client, type ClientConfig } from 'pg'

/** One misspelt would be passed over, and the connection not be encrypted. */
const encryptionOptions = new Set(['ssl', 'sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'sslnegotiation'])

/**
 * Looks at an address such as `postgresql://user:password@host:5432/database` before anything is sent.
 * @throws PerennialError `store-address`, which never tells the address itself
 */
export function checkAddress(address: string): ClientConfig {
  const url = URL.parse(address)
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) throw fault('It has to be like postgresql://user:password@host:5432/database.')
  for (const name of url.searchParams.keys()) {
    if (/^ssl/i.test(name) && !encryptionOptions.has(name)) {
      throw fault(`There is no option "${name}"; there are ${[...encryptionOptions].join(', ')}.`)
    }
  }
  const config: ClientConfig = { connectionString: address }
  try {
    // Reads it, and the certificates that it names, without connecting.
    new Client(config)
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    throw fault(code === 'ENOENT' ? `There is no file ${path}.` : 'A percent sign in it has to be written as %25.')
  }
  return config
}

function fault(message: string): PerennialError {
  return new PerennialError('store-address', { where: 'PostgreSQL', message })
}
