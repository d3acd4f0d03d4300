import { type DataOf, type DecisionType, decisionTypes, type FactType } from '@perennial/contracts'

export type MemberEventType = FactType | DecisionType

/** An event of a member's stream, as the folds read it. Instants are milliseconds since 1970, UTC. */
export type MemberEvent = { [T in MemberEventType]: MemberEventOf<T> }[MemberEventType]
export type MemberDecision = { [T in DecisionType]: MemberEventOf<T> }[DecisionType]

export interface MemberEventOf<T extends MemberEventType> {
  type: T
  data: DataOf[T]
  /** The system that sent it, and the id it gave: together they name the event. */
  source: string
  id: string
  occurredAt: number
  recordedAt: number
  /** Place in the stream of the member to whom it happened. */
  revision: number
  /** Place in the whole log. */
  position: number
}

/** Where an event stands in the order that every fold uses. Nothing but the event decides it. */
export interface EventOrder {
  occurredAt: number
  type: string
  source: string
  id: string
  revision: number
}

/** By when it happened; at the same instant facts before decisions; facts by source and id, decisions by revision. */
export function compareEvents(a: EventOrder, b: EventOrder): number {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt - b.occurredAt
  const decided = Number(decisionTypes.has(a.type)) - Number(decisionTypes.has(b.type))
  if (decided !== 0) return decided
  if (decisionTypes.has(a.type) && a.revision !== b.revision) return a.revision - b.revision
  return compareText(a.source, b.source) || compareText(a.id, b.id)
}

export function isDecision(event: MemberEvent): event is MemberDecision {
  return decisionTypes.has(event.type)
}

/** By code unit: the same on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
