import { PerennialError } from '@perennial/contracts'

/** Throws a PerennialError where an address is not understood. */
export type AddressCheck = (address: string) => void | Promise<void>

const encoding = 'special characters of a user or a password have to be percent-encoded: @ as %40, / as %2F, : as %3A, ? as %3F, # as %23'

/** What is wrong with an address; undefined where nothing is. Never tells the address itself, nor a part of it that may be secret. */
export async function checkAddress(address: string, check: AddressCheck | undefined): Promise<string | undefined> {
  if (hasStrayAt(address)) return encoding
  try {
    await check?.(address)
    return undefined
  } catch (error) {
    if (!(error instanceof PerennialError)) throw error
    if (hasLateAt(address)) return encoding
    if (error.code === 'file-not-readable') return `names a file that cannot be read: ${error.where}`
    return messageOf(error)
  }
}

/**
 * Then a part of the password may have been taken for the name of an option, and the fault may say so. Where the address
 * is understood, the @ is in the value of an option, such as the path of a certificate.
 */
function hasLateAt(address: string): boolean {
  return /\/\/[^/?#]*[/?#].*@/s.test(address)
}

/** An @ behind the hosts: in the path, or in the name of an option. In an option's value it may be meant. */
function hasStrayAt(address: string): boolean {
  const [, path = '', query = ''] = /^[^/]*\/\/[^/?#]*([^?]*)\??(.*)$/s.exec(address) ?? []
  return path.includes('@') || query.split('&').some((option) => option.split('=', 1)[0]?.includes('@'))
}

/** Without the sentence that every error of its code begins with. */
function messageOf(error: PerennialError): string {
  const sentence = new PerennialError(error.code).message
  const message = error.message.startsWith(`${sentence} `) ? error.message.slice(sentence.length + 1) : error.message
  return message.replace(/\.$/, '')
}
