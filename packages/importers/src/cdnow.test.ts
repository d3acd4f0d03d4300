import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from '@jest/globals'
import { cloudEventSchema } from '@perennial/contracts'
import { readCdnow } from './cdnow.ts'

const directory = mkdtempSync(join(tmpdir(), 'perennial-cdnow-'))
afterAll(() => rmSync(directory, { recursive: true }))

let files = 0

function fileOf(contents: string | Buffer): string {
  const file = join(directory, `${++files}.txt`)
  writeFileSync(file, contents)
  return file
}

const master = ' customer_id  date number_of_cds  dollar_value\r\n 00004 19970101  2   29.33\r\n 00004 19970802  1   14.96\r\n'
const sample = ' 00004 0001 19970101  2   29.33\r\n 00004 0001 19970802  1   14.96\r\n'

describe('a row is a purchase', () => {
  test('at noon of its day in New York, winter and summer', async () => {
    const { events, report } = await readCdnow(fileOf(master))
    expect(events[0]).toEqual({
      specversion: '1.0',
      id: '00004-19970101-1',
      source: '/import/cdnow',
      type: 'retail.purchase.v1',
      subject: '00004',
      time: '1997-01-01T12:00:00-05:00',
      data: { orderId: '00004-19970101-1', currency: 'USD', lines: [{ sku: 'cd', quantity: 2, amount: '29.33' }] },
    })
    expect(events[1]?.time).toBe('1997-08-02T12:00:00-04:00')
    expect(events.every((event) => cloudEventSchema.safeParse(event).success)).toBe(true)
    expect(report).toEqual({ format: 'master', rows: 2, freePurchases: 0, members: 1 })
  })

  test('the sample tells of the same purchases as the master file, packed or not', async () => {
    const { events } = await readCdnow(fileOf(master))
    const ofSample = await readCdnow(fileOf(gzipSync(sample)))
    expect(ofSample.events).toEqual(events)
    expect(ofSample.report.format).toBe('sample')
  })

  test('another time zone puts noon elsewhere', async () => {
    const { events } = await readCdnow(fileOf(master), { timeZone: 'UTC' })
    expect(events[0]?.time).toBe('1997-01-01T12:00:00+00:00')
  })

  test('two purchases on one day stay two, even when they are alike; one for nothing is a purchase', async () => {
    const { events, report } = await readCdnow(fileOf('00002 19970112 1 12.00\n00002 19970112 1 12.00\n00002 19970113 1 0.00'))
    expect(events.map(({ id }) => id)).toEqual(['00002-19970112-1', '00002-19970112-2', '00002-19970113-1'])
    expect(report).toMatchObject({ rows: 3, freePurchases: 1 })
  })
})

describe('a file that is not CDNOW is refused, and the place named', () => {
  test.each([
    ['00004 19970101 2', /4 columns/],
    ['00004 19970132 2 29.33', /date to be a day.*"19970132"/],
    ['00004 19970101 0 29.33', /number_of_cds/],
    ['00004 19970101 2 -29.33', /dollar_value/],
    ['Smith 19970101 2 29.33', /customer_id/],
  ])('%s', async (row, message) => {
    const file = fileOf(`${master}${row}\n`)
    await expect(readCdnow(file)).rejects.toMatchObject({
      code: 'file-invalid',
      where: `${file}:4`,
      message: expect.stringMatching(message),
    })
  })

  test.each([
    ['empty', ''],
    ['something else', 'InvoiceNo,StockCode\n1,2\n'],
    ['one endless line', `${master}${'7'.repeat(10_000)}`],
    ['a gzip file cut short', gzipSync(master).subarray(0, 40)],
  ])('%s', async (_, contents) => {
    await expect(readCdnow(fileOf(contents))).rejects.toMatchObject({ code: 'file-invalid' })
  })
})
