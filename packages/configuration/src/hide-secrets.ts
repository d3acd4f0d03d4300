const hidden = '***'

/** `password`, `sslpassword`, `passphrase`, `client_secret`, `authToken`, `apiKey`; `tlsKeyFile` and `sslkey` are paths. */
const secretOption = /pass|pwd|secret|token|credential|api[-_]?key/i
const pathOption = /file$/i

/**
 * An address as it may be shown and logged: passwords and other secrets are `***`. Of a text that is no address as it
 * should be it rather hides too much: what stands before the last @ is taken for user and password, whatever it is.
 */
export function hideSecrets(address: string): string {
  const parts = /^\s*([a-z][a-z0-9+.-]*:\/\/)(.*)$/is.exec(address)
  if (!parts) return hidden
  const [, scheme = '', rest = ''] = parts
  const at = rest.lastIndexOf('@')
  const user = at === -1 ? '' : `${hidePassword(rest.slice(0, at))}@`
  return scheme + user + hideOptions(rest.slice(at + 1))
}

/** A user without a password is no secret. A colon may be percent-encoded by mistake. */
function hidePassword(user: string): string {
  const end = user.search(/[:/?#@]|%3a/i)
  return end === -1 ? user : `${user.slice(0, end)}:${hidden}`
}

function hideOptions(rest: string): string {
  return rest.replaceAll(/([?&;#])([^=&;#]*)=([^&;#]*)/g, (option: string, mark: string, name: string) => {
    const plain = decoded(name)
    return secretOption.test(plain) && !pathOption.test(plain) ? `${mark}${name}=${hidden}` : option
  })
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
