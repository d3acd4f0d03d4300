import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type CloudEvent, parseMinor } from '@perennial/contracts'
import { calendarOf } from '@perennial/domain'
import { readCdnow, readOnlineRetail } from '@perennial/importers'
import type { ShopMember } from '../src/testing/shop-history.ts'

/** Beside the repository, never in it. */
const data = join(import.meta.dirname, '../../../../shared/data')
export const onlineRetailFile = join(data, 'online-retail.csv.gz')
export const cdnowFile = join(data, 'cdnow-master.txt.gz')

/** What the members of a real shop did; undefined where the file is missing, after a line that says so. */
export async function readShop(file: string): Promise<ShopMember[] | undefined> {
  if (!existsSync(file)) {
    console.log(`../shared/data/${basename(file)} is missing: nothing to try.`)
    return undefined
  }
  return file === cdnowFile
    ? membersOf((await readCdnow(file)).events, 'America/New_York')
    : membersOf((await readOnlineRetail(file)).events, 'Europe/London')
}

function membersOf(events: readonly CloudEvent[], timeZone: string): ShopMember[] {
  const calendar = calendarOf(timeZone)
  const bySubject = Map.groupBy(events, ({ subject }) => subject)
  return [...bySubject].map(([memberId, those]) => {
    const made = those.map((event) => ({ type: event.type, at: Date.parse(event.time), amount: amountOf(event) }))
    made.sort((a, b) => a.at - b.at)
    return {
      memberId,
      currency: (those[0] as CloudEvent).data.currency as string,
      purchases: made
        .filter(({ type }) => type === 'retail.purchase.v1')
        .map(({ at, amount }) => ({ at, day: calendar.dayOf(at), amount })),
      returns: made.filter(({ type }) => type === 'retail.return.v1').map(({ at, amount }) => ({ at, amount })),
    }
  })
}

function amountOf({ data: { lines } }: CloudEvent): number {
  return (lines as { amount: string }[]).reduce((sum, { amount }) => sum + (parseMinor(amount, 2) as number), 0)
}
