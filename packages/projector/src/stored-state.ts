import type { AnnouncementBody } from '@perennial/contracts'
import { formatInstant, type ProgrammeVersions } from '@perennial/domain'
import type { Shown, StoredMember } from '@perennial/read-store'
import type { MemberDigest } from './member-digest.ts'
import type { Projector } from './projector.ts'

/** What stands in the `state` column: the state at the member's last event, never one that time has moved on. */
interface SavedState {
  digest: MemberDigest
  state: unknown
}

export function saveState(projector: Projector, digest: MemberDigest, state: unknown): string {
  return JSON.stringify({ digest, state: projector.save(state) } satisfies SavedState)
}

export function restoreState(projector: Projector, text: string): { digest: MemberDigest; state: unknown } {
  const { digest, state } = JSON.parse(text) as SavedState
  return { digest, state: projector.restore(state) }
}

/**
 * The row to store for a member: the state as it is, what is shown of it at `now`, and when that next changes.
 * `state` is used up: time passes for it.
 */
export function storedMember(
  projector: Projector,
  versions: ProgrammeVersions,
  member: { memberId: string; text: string; state: unknown },
  now: number,
): StoredMember {
  const fold = projector.fold(versions)
  const advanced = fold.advance(member.state, now)
  return {
    memberId: member.memberId,
    state: member.text,
    shown: projector.shown(advanced, now, versions),
    nextDue: fold.nextDue(advanced) ?? null,
  }
}

/** The row of a member at an instant, from what is stored. */
export function rowOf(projector: Projector, versions: ProgrammeVersions, member: StoredMember, asOf: number): { memberId: string } {
  const { state } = restoreState(projector, member.state)
  return projector.row(member.memberId, projector.fold(versions).advance(state, asOf), asOf, versions)
}

/** Announcements of a change as CloudEvents without their id, which the outbox gives. */
export function announcementsOf(projector: Projector, memberId: string, before: Shown | undefined, after: Shown, now: number): string[] {
  return projector.transitions(before, after).map((body) => announcement(projector, memberId, body, now))
}

function announcement(projector: Projector, memberId: string, { type, data }: AnnouncementBody, now: number): string {
  return JSON.stringify({
    specversion: '1.0',
    source: `/perennial/${projector.name}`,
    type,
    subject: memberId,
    time: formatInstant(now),
    datacontenttype: 'application/json',
    data,
  })
}
