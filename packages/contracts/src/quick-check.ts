import { ownSources } from './cloud-event.ts'
import { currencyDigits } from './currency.ts'

/**
 * A shortcut past the schemas for events that are plainly right, several times as fast as they are. It may say no to a
 * good event (then the schemas decide, and give the reasons), but must never say yes to one that they would refuse:
 * a property test compares the two.
 */
export function isPlainlyValid(event: Record<string, unknown>): boolean {
  const { specversion, id, source, subject, time, data, datacontenttype } = event
  if (specversion !== '1.0' || !isText(id) || !isText(source) || source.startsWith(ownSources)) return false
  if (typeof subject !== 'string' || !/^[!-~]{1,128}$/.test(subject)) return false
  if (typeof time !== 'string' || !isPlainTime(time)) return false
  if (datacontenttype !== undefined && datacontenttype !== 'application/json') return false
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false
  switch (event.type) {
    case 'retail.purchase.v1':
      return isPlainPurchase(data as Record<string, unknown>)
    case 'retail.return.v1':
      return isPlainReturn(data as Record<string, unknown>)
    case 'retail.engagement.v1': {
      const { activity, reference, value } = data as Record<string, unknown>
      return isText(activity) && isOptionalText(reference) && (value === undefined || typeof value === 'string')
    }
    default:
      return false
  }
}

function isPlainPurchase({ orderId, channel, storeId, currency, lines }: Record<string, unknown>): boolean {
  return isText(orderId) && isOptionalText(channel) && isOptionalText(storeId) && arePlainLines(lines, currency)
}

function isPlainReturn({ returnId, orderId, currency, lines }: Record<string, unknown>): boolean {
  return isText(returnId) && isOptionalText(orderId) && arePlainLines(lines, currency)
}

/** So few that amounts of nine digits before the point and four behind it (CLF has four) sum to less than 2^53. */
const linesMax = 900

function arePlainLines(lines: unknown, currency: unknown): boolean {
  if (typeof currency !== 'string' || !Array.isArray(lines) || lines.length === 0 || lines.length > linesMax) return false
  const digits = currencyDigits(currency)
  if (digits === undefined) return false
  for (const line of lines as unknown[]) {
    if (typeof line !== 'object' || line === null || Array.isArray(line)) return false
    const { lineId, sku, category, quantity, amount } = line as Record<string, unknown>
    if (!isOptionalText(lineId) || !isText(sku) || !isOptionalText(category)) return false
    if (typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity < 1 || quantity > 1e9) return false
    if (typeof amount !== 'string' || !isPlainAmount(amount, digits)) return false
  }
  return true
}

/** At most nine digits before the point: see `linesMax`. */
function isPlainAmount(amount: string, digits: number): boolean {
  const point = amount.indexOf('.')
  const whole = point === -1 ? amount.length : point
  if (whole === 0 || whole > 9) return false
  if (point !== -1 && (amount.length - point - 1 > digits || amount.length - point === 1)) return false
  for (let index = 0; index < amount.length; index++) {
    const code = amount.charCodeAt(index)
    if (index !== point && (code < 48 || code > 57)) return false
  }
  return true
}

const plainTime =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)$/

/** `2025-11-21T10:15:00Z`, with milliseconds or with an offset; 29 February is for the schema to judge. */
function isPlainTime(time: string): boolean {
  return plainTime.test(time)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 512
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || isText(value)
}
