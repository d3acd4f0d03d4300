import type { DataOf, FactType } from '@perennial/contracts'

/** An event of a member's stream, as the folds read it. Instants are milliseconds since 1970, UTC. */
export type MemberEvent = { [T in FactType]: MemberEventOf<T> }[FactType]

export interface MemberEventOf<T extends FactType> {
  type: T
  data: DataOf[T]
  /** The system that sent it, and the id it gave: together they name the event. */
  source: string
  id: string
  occurredAt: number
  recordedAt: number
  /** Place in the member's stream. */
  revision: number
  /** Place in the whole log. */
  position: number
}

/** Where an event stands in the order that every fold uses. Nothing but the event decides it. */
export interface EventOrder {
  occurredAt: number
  source: string
  id: string
}

/** By when it happened; at the same instant by source and id. (Decisions will come after facts, by revision.) */
export function compareEvents(a: EventOrder, b: EventOrder): number {
  return a.occurredAt - b.occurredAt || compareText(a.source, b.source) || compareText(a.id, b.id)
}

/** By code unit: the same on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
