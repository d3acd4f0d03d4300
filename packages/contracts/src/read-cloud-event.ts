import type { z } from 'zod'
import { envelopeSchema, type IncomingType, incomingEvents } from './cloud-event.ts'
import { currencyDigits, parseMinor } from './currency.ts'
import { describeError, type ErrorCode, type Fault } from './errors.ts'
import { fieldName } from './field-name.ts'
import { plainMessage } from './plain-message.ts'
import { isPlainlyValid } from './quick-check.ts'
import { currentVersions, type FactType } from './stored-events.ts'

/** A fact as it will stand in the log, read from a CloudEvent. */
export interface AcceptedEvent {
  memberId: string
  type: FactType
  version: number
  source: string
  id: string
  /** Milliseconds since 1970, UTC. */
  occurredAt: number
  /** As the stored-event schemas say; unknown extra fields as they came. */
  data: Record<string, unknown>
  /** Extra attributes of the envelope, and its `time` where it was not UTC to the millisecond. */
  metadata: Record<string, unknown> | undefined
}

/** Why an event was not taken: which event, which field, what was expected. */
export interface Refusal {
  code: ErrorCode
  message: string
  faults: Fault[]
  source: string | undefined
  id: string | undefined
  subject: string | undefined
}

export type ReadResult = { accepted: AcceptedEvent; refused?: never } | { accepted?: never; refused: Refusal }

const factTypeOf: Readonly<Record<IncomingType, FactType>> = {
  'retail.member.enrolled.v1': 'MemberEnrolled',
  'retail.purchase.v1': 'PurchaseRecorded',
  'retail.return.v1': 'ReturnRecorded',
  'retail.engagement.v1': 'EngagementRecorded',
}

/** Clocks of tills run ahead; more than this and something is wrong. */
const aheadMax = 24 * 3_600_000
const ownAttributes = new Set(['specversion', 'id', 'source', 'type', 'subject', 'time', 'data', 'datacontenttype'])

/**
 * Reads one CloudEvent in JSON, checks it against its schema, and brings it into the form in which it is stored.
 *
 * @param clock the engine's clock, milliseconds
 */
export function readCloudEvent(text: string, clock: number): ReadResult {
  let event: unknown
  try {
    event = JSON.parse(text)
  } catch (error) {
    return refuse('invalid-json', {}, [{ field: '', message: (error as SyntaxError).message }])
  }
  return checkCloudEvent(event, clock)
}

/** As `readCloudEvent`, for an event that is parsed already. The event's data is used up. */
export function checkCloudEvent(event: unknown, clock: number): ReadResult {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    return refuse('not-a-cloudevent', {}, [{ field: '', message: 'expected a JSON object' }])
  }
  const envelope = event as Record<string, unknown>
  const { type } = envelope
  if (envelope.subject === undefined || envelope.subject === null || envelope.subject === '') {
    return refuse('subject-missing', envelope, [{ field: 'subject', message: 'expected the member id' }])
  }
  if (typeof type !== 'string' || !Object.hasOwn(incomingEvents, type)) return refuseType(envelope)
  if (!isPlainlyValid(envelope)) {
    const result = incomingEvents[type as IncomingType].safeParse(event)
    if (!result.success) return refuseIssues(envelope, result.error.issues)
  }

  const { id, source, subject, time, data } = event as z.infer<(typeof incomingEvents)[IncomingType]>
  const occurredAt = Date.parse(time)
  if (occurredAt > clock + aheadMax) {
    const latest = new Date(clock + aheadMax).toISOString()
    return refuse('time-ahead', envelope, [{ field: 'time', message: `expected at most ${latest}, got ${time}` }])
  }
  const factType = factTypeOf[type as IncomingType]
  return {
    accepted: {
      memberId: subject,
      type: factType,
      version: currentVersions[factType],
      source,
      id,
      occurredAt,
      data: toStoredData(data as Record<string, unknown>),
      metadata: extraAttributes(envelope, time, occurredAt),
    },
  }
}

/** Money becomes a whole number of minor units; everything else stays as it came. */
function toStoredData(data: Record<string, unknown>): Record<string, unknown> {
  if (Array.isArray(data.lines)) {
    const digits = currencyDigits(data.currency as string) as number
    for (const line of data.lines as { amount: string | number }[]) line.amount = parseMinor(line.amount as string, digits) as number
  }
  return data
}

function extraAttributes(envelope: Record<string, unknown>, time: string, occurredAt: number): Record<string, unknown> | undefined {
  let extra: [string, unknown][] | undefined
  for (const name of Object.keys(envelope)) {
    if (!ownAttributes.has(name)) (extra ??= []).push([name, envelope[name]])
  }
  if (time.length !== 24 || new Date(occurredAt).toISOString() !== time) (extra ??= []).push(['time', time])
  // From entries, because an attribute named `__proto__` could not be assigned.
  return extra && Object.fromEntries(extra)
}

function refuseType(envelope: Record<string, unknown>): ReadResult {
  const known = Object.keys(incomingEvents)
  const issues = envelopeSchema.omit({ subject: true }).safeParse(envelope).error?.issues
  if (issues) return refuseIssues(envelope, issues)
  const type = String(envelope.type)
  const sameName = known.filter((name) => name.replace(/\.v\d+$/, '') === type.replace(/\.v\d+$/, ''))
  const expected = sameName.length > 0 ? sameName : known
  return refuse(sameName.length > 0 ? 'unknown-version' : 'unknown-type', envelope, [
    { field: 'type', message: `expected ${expected.map((name) => `"${name}"`).join(' or ')}, got "${type}"` },
  ])
}

function refuseIssues(envelope: Record<string, unknown>, issues: readonly z.core.$ZodIssue[]): ReadResult {
  const faults = issues.map((issue) => ({ field: fieldName(issue.path), message: describeIssue(issue, envelope) }))
  const named = issues.map((issue) => (issue.code === 'custom' ? (issue.params?.code as ErrorCode | undefined) : undefined)).find(Boolean)
  const inData = issues.every(({ path }) => path[0] === 'data' && path.length > 1)
  return refuse(named ?? (inData || issues.some(({ path }) => path[0] === 'data') ? 'invalid-data' : 'not-a-cloudevent'), envelope, faults)
}

function describeIssue(issue: z.core.$ZodIssue, envelope: unknown): string {
  let value: unknown = envelope
  for (const part of issue.path) value = (value as Record<PropertyKey, unknown> | undefined)?.[part]
  const got = value === undefined ? 'nothing' : JSON.stringify(value)
  const message = plainMessage(issue.message)
  return `${message}, got ${got.length > 80 ? `${got.slice(0, 77)}...` : got}`
}

function refuse(code: ErrorCode, envelope: Record<string, unknown>, faults: Fault[]): ReadResult {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  return {
    refused: {
      code,
      message: describeError(code).sentence,
      faults,
      source: text(envelope.source),
      id: text(envelope.id),
      subject: text(envelope.subject),
    },
  }
}
