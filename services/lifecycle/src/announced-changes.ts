import type { AnnouncementBody, LifecycleReason, LifecycleStage } from '@perennial/contracts'
import { formatInstant, type ProgrammeVersions } from '@perennial/domain'
import type { Projector } from '@perennial/projector'
import { because } from './because.ts'
import type { StageChange } from './stage-changes.ts'

type Shown = Parameters<Projector['transitions']>[1]

/** One change as it is shown: all that an announcement says of it but what came before it. */
type ShownChange = [
  stage: LifecycleStage,
  at: number,
  reason: LifecycleReason,
  shoppingDays: number,
  silenceDays: number,
  rhythmDays: number,
  action: string | null,
]

/** What the programme that was in force then names for the stage, for marketing tools to act on. */
export function actionOf({ stage, at }: StageChange, versions: ProgrammeVersions): string | null {
  return versions.judging(at).programme.lifecycle.actions[stage] ?? null
}

/** The changes that are kept, as text. */
export function showChanges(changes: readonly StageChange[], versions: ProgrammeVersions): string {
  return JSON.stringify(
    changes.map((change): ShownChange => {
      const { stage, at, reason, shoppingDays, silenceDays, rhythmDays } = change
      return [stage, at, reason, shoppingDays, silenceDays, rhythmDays, actionOf(change, versions)]
    }),
  )
}

/**
 * Every change since what was shown before, each beginning at the stage that was announced last. Of a member who is new
 * to the read model, only where the member is now. Where the past itself has changed (a late event, other rules), it may
 * be that no change is newer, and the stage another one all the same: that is told too.
 */
export function announceChanges(before: Shown | undefined, after: Shown): AnnouncementBody[] {
  const kept = JSON.parse(String(after.changes)) as ShownChange[]
  const now = kept.slice(-1)
  if (!before) return now.map((change) => announce(null, change))
  const newer = kept.filter(([, at]) => at > Date.parse(String(before.since)))
  const told: AnnouncementBody[] = []
  let last = before.stage as LifecycleStage
  for (const change of newer.length > 0 ? newer : now) {
    const [stage] = change
    if (stage !== last) told.push(announce(last, change === now[0] ? change : withoutAction(change)))
    last = stage
  }
  return told
}

/** A stage that was over before it could be told of: nobody should act on it any more. */
function withoutAction(change: ShownChange): ShownChange {
  const [stage, at, reason, shoppingDays, silenceDays, rhythmDays] = change
  return [stage, at, reason, shoppingDays, silenceDays, rhythmDays, null]
}

function announce(before: LifecycleStage | null, change: ShownChange): AnnouncementBody {
  const [stage, at, reason, shoppingDays, silenceDays, rhythmDays, action] = change
  const why = because({ stage, at, reason, shoppingDays, silenceDays, rhythmDays })
  return { type: 'perennial.lifecycle.changed.v1', data: { before, after: stage, since: formatInstant(at), reason, because: why, action } }
}
