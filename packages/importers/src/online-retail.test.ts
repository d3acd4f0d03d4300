import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from '@jest/globals'
import { cloudEventSchema } from '@perennial/contracts'
import { readOnlineRetail } from './online-retail.ts'

const directory = mkdtempSync(join(tmpdir(), 'perennial-online-retail-'))
afterAll(() => rmSync(directory, { recursive: true }))

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country'
let files = 0

function fileOf(contents: string | Buffer): string {
  const file = join(directory, `${++files}.csv`)
  writeFileSync(file, contents)
  return file
}

const read = (...rows: string[]) => readOnlineRetail(fileOf([header, ...rows, ''].join('\n')))

describe('an invoice is one event of its customer', () => {
  test('an invoice is a purchase, its rows are the lines, and the description stays behind', async () => {
    const { events, report } = await read(
      '536365,85123A,"HEART, WHITE",6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom',
      '536365,71053,LANTERN,8,2010-12-01 08:26:00,3.39,17850.0,United Kingdom',
    )
    expect(events).toEqual([
      {
        specversion: '1.0',
        id: '536365',
        source: '/import/online-retail',
        type: 'retail.purchase.v1',
        subject: '17850',
        time: '2010-12-01T08:26:00+00:00',
        data: {
          orderId: '536365',
          currency: 'GBP',
          lines: [
            { lineId: '1', sku: '85123A', quantity: 6, amount: '15.30' },
            { lineId: '2', sku: '71053', quantity: 8, amount: '27.12' },
          ],
        },
      },
    ])
    expect(cloudEventSchema.parse(events[0])).toEqual(events[0])
    expect(report).toEqual({ rows: 2, anonymousRows: 0, purchases: 1, returns: 0, members: 1 })
  })

  test('a cancellation is a return that names no order', async () => {
    const { events, report } = await read('C536379,D,Discount,-1,2010-12-01 09:41:00,27.50,14527.0,United Kingdom')
    expect(events[0]).toMatchObject({ type: 'retail.return.v1', id: 'C536379', subject: '14527' })
    expect(events[0]?.data).toEqual({
      returnId: 'C536379',
      currency: 'GBP',
      lines: [{ lineId: '1', sku: 'D', quantity: 1, amount: '27.50' }],
    })
    expect(cloudEventSchema.safeParse(events[0]).success).toBe(true)
    expect(report).toMatchObject({ purchases: 0, returns: 1 })
  })

  test('half a penny is rounded up', async () => {
    const { events } = await read('1,A,,1,2011-01-01 10:00:00,0.125,1,X', '1,B,,3,2011-01-01 10:00:00,0.001,1,X')
    expect(events[0]?.data).toMatchObject({ lines: [{ amount: '0.13' }, { amount: '0.00' }] })
  })

  test('an invoice that spans two minutes was made at the earlier', async () => {
    const { events } = await read('1,A,,1,2010-12-01 16:58:00,1.00,1,X', '1,B,,1,2010-12-01 16:57:00,1.00,1,X')
    expect(events.map(({ time }) => time)).toEqual(['2010-12-01T16:57:00+00:00'])
  })

  test('rows of an invoice belong together even when another invoice stands between them', async () => {
    const { events, report } = await read(
      '2,A,,1,2010-12-01 10:00:00,1.00,7,X',
      '1,B,,1,2010-12-01 09:00:00,1.00,8,X',
      '2,C,,1,2010-12-01 10:00:00,1.00,7,X',
    )
    expect(events.map(({ id, data }) => [id, (data.lines as unknown[]).length])).toEqual([
      ['2', 2],
      ['1', 1],
    ])
    expect(report.members).toBe(2)
  })

  test('rows without a customer are counted and make no event', async () => {
    const { events, report } = await read(
      '536414,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom',
      'A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,United Kingdom',
    )
    expect(events).toEqual([])
    expect(report).toEqual({ rows: 2, anonymousRows: 2, purchases: 0, returns: 0, members: 0 })
  })

  test('times are of the time zone, summer time included', async () => {
    const file = fileOf(`${header}\n1,A,,1,2011-07-01 12:00:00,1.00,1,X\n`)
    const timeIn = async (timeZone?: string) => (await readOnlineRetail(file, timeZone ? { timeZone } : {})).events[0]?.time
    expect(await timeIn()).toBe('2011-07-01T12:00:00+01:00')
    expect(await timeIn('Asia/Taipei')).toBe('2011-07-01T12:00:00+08:00')
    await expect(timeIn('Mars/Olympus')).rejects.toMatchObject({ code: 'usage' })
  })

  test('the spelling of times that a spreadsheet exports is read too', async () => {
    const { events } = await read('1,A,,1,12/9/2011 8:05,1.00,17850,X')
    expect(events[0]).toMatchObject({ subject: '17850', time: '2011-12-09T08:05:00+00:00' })
  })

  test('a gzip file is known by its contents, and progress is told', async () => {
    const packed = gzipSync(`\ufeff${header}\r\n1,A,,1,2010-12-01 10:00:00,1.00,1,X\r\n`)
    const seen: unknown[] = []
    const { report } = await readOnlineRetail(fileOf(packed), { onProgress: (progress) => seen.push(progress) })
    expect(report.purchases).toBe(1)
    expect(seen.at(-1)).toEqual({ readBytes: packed.length, totalBytes: packed.length })
  })
})

describe('a file that is not the one announced is refused, and the place named', () => {
  const good = '1,A,,1,2010-12-01 10:00:00,1.00,1,X'

  test.each([
    ['1,A,,one,2010-12-01 10:00:00,1.00,1,X', /Quantity to be a whole number.*"one"/],
    ['1,A,,-1,2010-12-01 10:00:00,1.00,1,X', /Quantity to be positive on a purchase/],
    ['C1,A,,1,2010-12-01 10:00:00,1.00,1,X', /Quantity to be negative on a cancellation/],
    ['1,A,,1,yesterday,1.00,1,X', /InvoiceDate.*"yesterday"/],
    ['9,A,,1,2010-02-30 10:00:00,1.00,1,X', /InvoiceDate.*2010-02-30/],
    ['1,A,,1,2010-12-01 10:00:00,£1,1,X', /UnitPrice/],
    ['1,A,,1,2010-12-01 10:00:00,-1.00,1,X', /UnitPrice.*not negative/],
    ['1,A,,1,2010-12-01 10:00:00,1.00,Smith,X', /CustomerID.*"Smith"/],
    ['1,A,,1,2010-12-01 10:00:00,1.00,2,X', /CustomerID to be 1, the customer of the invoice's first row/],
    ['1,,,1,2010-12-01 10:00:00,1.00,1,X', /StockCode/],
    ['?,A,,1,2010-12-01 10:00:00,1.00,1,X', /InvoiceNo/],
    ['1,A,,1,2010-12-01 10:00:00', /CSV row of 8 columns/],
  ])('%s', async (row, message) => {
    const file = fileOf([header, good, row, ''].join('\n'))
    await expect(readOnlineRetail(file)).rejects.toMatchObject({
      code: 'file-invalid',
      where: `${file}:3`,
      message: expect.stringMatching(message),
      faults: [{ line: 3 }],
    })
  })

  test('another header', async () => {
    const file = fileOf('Invoice,StockCode\n1,A\n')
    await expect(readOnlineRetail(file)).rejects.toMatchObject({
      code: 'file-invalid',
      where: `${file}:1`,
      message: expect.stringContaining(`the header ${header}, found "Invoice,StockCode"`),
    })
  })

  test('an empty file', async () => {
    await expect(readOnlineRetail(fileOf(''))).rejects.toMatchObject({ code: 'file-invalid' })
  })

  test('a quote that is opened and never closed', async () => {
    const file = fileOf(`${header}\n1,A,"LANTERN,1,2010-12-01 10:00:00,1.00,1,X\n${`${good}\n`.repeat(3000)}`)
    await expect(readOnlineRetail(file)).rejects.toMatchObject({ code: 'file-invalid' })
  })

  test('a gzip file cut short', async () => {
    const packed = gzipSync(`${header}\n${`${good}\n`.repeat(1000)}`)
    const file = fileOf(packed.subarray(0, packed.length - 20))
    await expect(readOnlineRetail(file)).rejects.toMatchObject({ code: 'file-invalid', where: file })
  })

  test('a file that is not there, or is a directory', async () => {
    await expect(readOnlineRetail(join(directory, 'none.csv'))).rejects.toMatchObject({ code: 'file-not-readable' })
    await expect(readOnlineRetail(directory)).rejects.toMatchObject({ code: 'file-not-readable', where: directory })
  })
})
