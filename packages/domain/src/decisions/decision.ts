import type { DecisionDataOf, DecisionRequests, DecisionType, ErrorCode } from '@perennial/contracts'

/**
 * A decision is a plain function of how the member stands, what is asked for, the rules and the time. It answers with
 * the event that says so, or with why not: it reads no clock and changes nothing.
 */
export type Decided<T extends DecisionType> = DecidedEvent<T> | Refused

export type DecidedEvent<T extends DecisionType = DecisionType> = { [K in T]: { type: K; data: DecisionDataOf[K] } }[T]

export interface Refused {
  refused: ErrorCode
  /** What the sentence of the code leaves open: numbers, names. */
  message?: string
}

export function refuse(refused: ErrorCode, message?: string): Refused {
  return message === undefined ? { refused } : { refused, message }
}

type Requests = DecisionRequests

/** What may be asked for about one member. As it is here, it is kept beside the event, to know the same request again. */
export type Command =
  | ({ command: 'hold' } & Requests['hold'])
  | ({ command: 'capture'; hold: string } & Requests['capture'])
  | { command: 'release'; hold: string }
  | ({ command: 'redeem' } & Requests['redeem'])
  | ({ command: 'cancel'; redemption: string } & Requests['cancel'])
  | ({ command: 'adjust' } & Requests['adjust'])
  | ({ command: 'approve'; adjustment: string } & Requests['approve'])
  | ({ command: 'reject'; adjustment: string } & Requests['reject'])
  | ({ command: 'grant-tier' } & Requests['grantTier'])
  | ({ command: 'transfer' } & Requests['transfer'])
  /** All that can be spent. */
  | ({ command: 'pool' } & Requests['pool'])
  | ({ command: 'merge' } & Omit<Requests['merge'], 'from'>)
  | ({ command: 'undo-merge'; merge: string } & Omit<Requests['undoMerge'], 'from'>)

export type CommandOf<Name extends Command['command']> = Extract<Command, { command: Name }>

/** `1,234 points`, `1 point`. */
export function pointsText(points: number): string {
  return `${points.toLocaleString('en-GB')} ${points === 1 ? 'point' : 'points'}`
}
