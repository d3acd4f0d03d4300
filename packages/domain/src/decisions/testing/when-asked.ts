import { expect } from '@jest/globals'
import type { DecisionType, Programme } from '@perennial/contracts'
import { effectiveHistory } from '../../member/effective-history.ts'
import type { MemberEvent } from '../../member/member-event.ts'
import { pointsFold } from '../../points/points-fold.ts'
import { type ProgrammeVersions, programmeVersions } from '../../programme/versions.ts'
import { foldAll, instant, shop } from '../../testing/given.ts'
import { decide } from '../decide.ts'
import type { Command, Decided, Refused } from '../decision.ts'
import { mergesOf, pastDecisions, type Standing } from '../standing.ts'

/**
 * Sentences about one decision about ann: `given(bought(…)).under(shop({…})).whenAsked({ command: 'redeem', … }, '2025-03-01')
 * .decides('PointsRedeemed', {…})`, or `.refuses('points-missing', '100 points')`.
 */
export function given(...events: MemberEvent[]): Given {
  return under(events, programmeVersions([shop()]))
}

interface Given {
  under(...programmes: Programme[]): Given
  whenAsked(command: Command, at: string): Answer
}

interface Answer {
  decided: Decided<DecisionType>
  decides(type: DecisionType, data: Record<string, unknown>): void
  /** @param saying what the message must contain */
  refuses(code: Refused['refused'], ...saying: string[]): void
}

function under(events: readonly MemberEvent[], versions: ProgrammeVersions): Given {
  return {
    under: (...programmes) => under(events, programmeVersions(programmes)),
    whenAsked(command, at) {
      const decided = decide(standingAt(events, versions, instant(at)), command, versions, instant(at))
      return {
        decided,
        decides: (type, data) => expect(decided).toEqual({ type, data }),
        refuses(code, ...saying) {
          expect(decided).toMatchObject({ refused: code })
          for (const text of saying) expect((decided as Refused).message).toContain(text)
        },
      }
    },
  }
}

export function standingAt(events: readonly MemberEvent[], versions: ProgrammeVersions, at: number): Standing {
  const history = effectiveHistory(events, at, ({ data }) => data)
  const bought = history.find(({ type }) => type === 'PurchaseRecorded') as { data: { currency: string } } | undefined
  return {
    memberId: 'ann',
    points: foldAll(pointsFold(versions), versions, events, at),
    currency: versions.currencyAt(at) ?? bought?.data.currency ?? null,
    past: pastDecisions(history),
    merges: mergesOf(events),
  }
}
