/**
 * The two modes of the CloudEvents Kafka protocol binding, read as the one that ingest knows: the whole event as JSON.
 *
 * - Structured: the content type is `application/cloudevents+json`, the value is the event.
 * - Binary: attributes are headers `ce_…`, the content type is that of the data, the value is the data.
 *
 * A message that is neither is left as it is.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 */
export function toStructured(value: Uint8Array, headers: Readonly<Record<string, string>>): string | Uint8Array {
  const text = asText(value)
  const attributes = Object.entries(headers).filter(([name]) => /^ce_[a-z0-9]+$/.test(name))
  const contentType = headers['content-type'] ?? ''
  if (attributes.length === 0 || /^application\/cloudevents\b/i.test(contentType)) return text ?? value
  const members = attributes.filter(([name]) => !isData(name)).map(([name, value]) => member(name.slice(3), value))
  if (contentType !== '') members.push(member('datacontenttype', contentType))
  if (value.length > 0) members.push(data(value, text, contentType))
  return `{${members.join(',')}}`
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Undefined for what is not UTF-8. */
export function asText(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** No attribute may have these names: they would stand twice in the event. */
function isData(header: string): boolean {
  return header === 'ce_data' || header === 'ce_datacontenttype'
}

function member(name: string, value: string): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`
}

/** JSON stays letter for letter what it was: parsed and written again, a number could become another one. */
function data(value: Uint8Array, text: string | undefined, contentType: string): string {
  if (text === undefined) return `"data_base64":"${Buffer.from(value).toString('base64')}"`
  return isJson(contentType) && parses(text) ? `"data":${text}` : member('data', text)
}

function isJson(contentType: string): boolean {
  return contentType === '' || /^[^;]*[/+]json\s*(;|$)/i.test(contentType)
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
