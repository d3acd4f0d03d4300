import { PerennialError } from '@perennial/contracts'
import { mergedMessage, mergesOf, standingMerge } from '@perennial/domain'
import { type EventStore, memberStream } from '@perennial/event-store'
import { toMemberEvent } from './fold-member.ts'

/**
 * Who asks for a member that is merged into another one is told for whom to ask instead, along all merges.
 *
 * @param asOf milliseconds; what was decided later does not count
 * @throws PerennialError `member-merged`
 */
export async function refuseMerged(eventStore: EventStore, memberId: string, asOf = Number.POSITIVE_INFINITY): Promise<void> {
  const met = new Set([memberId])
  let into = memberId
  for (;;) {
    const next = await mergedInto(eventStore, into, asOf)
    // Two who were merged into each other at the same moment: neither has a history until one merge is undone.
    if (next === undefined || met.has(next)) break
    met.add(next)
    into = next
  }
  if (into !== memberId) throw new PerennialError('member-merged', { where: memberId, message: mergedMessage(memberId, { into }) })
}

async function mergedInto(eventStore: EventStore, memberId: string, asOf: number): Promise<string | undefined> {
  const records = await eventStore.readStream(memberStream(memberId))
  const aboutMerges = records.filter(({ type, occurredAt }) => occurredAt <= asOf && (type === 'MergedInto' || type === 'MergeUndone'))
  return standingMerge(mergesOf(aboutMerges.map(toMemberEvent)))?.into
}
