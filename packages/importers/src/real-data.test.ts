import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { type CloudEvent, cloudEventSchema, parseMinor } from '@perennial/contracts'
import { readCdnow } from './cdnow.ts'
import { readOnlineRetail } from './online-retail.ts'

/** The facts are those of shared/data/README.md, counted from the files by other means. */
const data = join(import.meta.dirname, '../../../../shared/data')
const onlineRetail = join(data, 'online-retail.csv.gz')
const cdnowMaster = join(data, 'cdnow-master.txt.gz')
const cdnowSample = join(data, 'cdnow-sample.txt.gz')
const onRealData = (file: string) => (existsSync(file) ? test : test.skip)

/** Minor units. */
function amountOf(event: CloudEvent): number {
  const lines = event.data.lines as { amount: string }[]
  const sum = lines.reduce((total, { amount }) => total + (parseMinor(amount, 2) as number), 0)
  return event.type === 'retail.return.v1' ? -sum : sum
}

const sumOf = (events: CloudEvent[]) => events.reduce((total, event) => total + amountOf(event), 0)
const sumOfType = (events: CloudEvent[], type: CloudEvent['type']) => sumOf(events.filter((event) => event.type === type))

function expectAllTaken(events: CloudEvent[]): void {
  expect(events.filter((event) => !cloudEventSchema.safeParse(event).success)).toEqual([])
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
}

describe('the real histories, from ../shared/data', () => {
  onRealData(onlineRetail)('Online Retail is read to the penny', async () => {
    const { events, report } = await readOnlineRetail(onlineRetail)
    expect(report).toEqual({ rows: 541_909, anonymousRows: 135_080, purchases: 18_536, returns: 3_654, members: 4_372 })
    expectAllTaken(events)
    expect(sumOfType(events, 'retail.purchase.v1')).toBe(8_911_407_90)
    expect(sumOfType(events, 'retail.return.v1')).toBe(-611_342_09)
    expect(sumOf(events)).toBe(8_300_065_81)

    const byMember = Map.groupBy(events, ({ subject }) => subject)
    const netOf = (member: string) => sumOf(byMember.get(member) ?? [])
    expect(netOf('12346')).toBe(0)
    expect(netOf('17850')).toBe(5_288_63)
    expect(netOf('14646')).toBe(279_489_02)
    expect([...byMember.keys()].filter((member) => netOf(member) < 0)).toHaveLength(41)
  })

  onRealData(cdnowMaster)('CDNOW is 69,659 purchases of 23,570 customers', async () => {
    const { events, report } = await readCdnow(cdnowMaster)
    expect(report).toEqual({ format: 'master', rows: 69_659, freePurchases: 80, members: 23_570 })
    expectAllTaken(events)
    expect(sumOf(events)).toBe(2_500_315_63)
  })

  onRealData(cdnowSample)('its sample is 6,919 purchases of 2,357 customers, each of them in the master file too', async () => {
    const { events, report } = await readCdnow(cdnowSample)
    expect(report).toEqual({ format: 'sample', rows: 6_919, freePurchases: 8, members: 2_357 })
    expectAllTaken(events)
    if (!existsSync(cdnowMaster)) return
    const master = new Map((await readCdnow(cdnowMaster)).events.map((event) => [event.id, event]))
    expect(events.map(({ id }) => master.get(id))).toEqual(events)
  })
})
