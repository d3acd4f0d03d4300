import type { Fields, Json } from './read-infra.ts'
import { walk } from './read-infra.ts'

/**
 * Passwords that stand in a file as they are: in an address, under a name that says so, or in a Kubernetes Secret. A
 * reference is none: a file, a variable, a key of a Secret.
 *
 * @returns what was found, without what is secret in it
 */
export function findSecrets(value: Json): string[] {
  return [...walk(value), { field: '', value, parent: {} }].flatMap(({ field, value: inside, parent }) => [
    ...(typeof inside === 'string' ? inText(field, inside, parent) : []),
    ...(isSecretObject(inside) ? ['a Secret with data'] : []),
  ])
}

function inText(field: string, text: string, parent: Fields): string[] {
  const address = /([a-z+]+):\/\/[^\s:/@]*:([^\s@]+)@/.exec(text)
  if (address && !(address[2] as string).startsWith('$')) return [`${field}: a ${address[1]} address with a password`]
  // Kubernetes names a variable in one field and its value in another.
  const name = field === 'value' && typeof parent.name === 'string' ? parent.name : field
  const named = /(password|passwd|secret|token|api_?key)$/i.test(name)
  const reference = text === '' || text.startsWith('$') || text.startsWith('/')
  // The name of a volume or of a Secret is none.
  const isName = ['secretName', 'source', 'name'].includes(field)
  return named && !reference && !isName ? [`${name}: a value`] : []
}

function isSecretObject(value: Json): boolean {
  const { kind, data, stringData } = (value ?? {}) as Fields
  return kind === 'Secret' && (data !== undefined || stringData !== undefined)
}
