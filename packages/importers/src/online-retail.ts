import { pipeline } from 'node:stream/promises'
import { type CloudEvent, formatMinor, PerennialError } from '@perennial/contracts'
import { CsvError, parse } from 'csv-parse'
import { lineAmount } from './line-amount.ts'
import { localTimeReader } from './local-time.ts'
import { type ReadProgress, readBytes } from './read-bytes.ts'
import { rowFault } from './row-fault.ts'

/**
 * UCI "Online Retail" (https://doi.org/10.24432/C5BW33): a UK gift wholesaler, one row per invoice line.
 * The shape of what comes out is written down here; the columns `Description` and `Country` are not imported.
 */
const header = ['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'InvoiceDate', 'UnitPrice', 'CustomerID', 'Country']
const source = '/import/online-retail'
/** A row is about 100 characters: beyond this a quote was opened and never closed. */
const rowCharactersMax = 65_536
const quantityMax = 1e9

export interface OnlineRetailOptions {
  /** The file's times carry no zone. */
  timeZone?: string
  onProgress?: (progress: ReadProgress) => void
}

export interface OnlineRetailReport {
  /** Rows below the header. */
  rows: number
  /** Rows without a customer: sold, but to no member. They make no event. */
  anonymousRows: number
  purchases: number
  returns: number
  members: number
}

interface Invoice {
  customer: string
  /** The earliest wall-clock time of its rows, `YYYY-MM-DDTHH:mm:ss`. */
  localTime: string
  firstLine: number
  lines: { lineId: string; sku: string; quantity: number; amount: string }[]
}

interface Row {
  line: number
  invoiceNo: string
  sku: string
  /** Whole; negative on a cancellation. */
  quantity: number
  localTime: string
  unitPrice: string
  customer: string
}

/**
 * Reads the CSV file, plain or gzip, into one event per invoice, in the order of each invoice's first row. An invoice is
 * a purchase; one whose number starts with `C` cancels an earlier sale without naming it, so it is a return without
 * order id. Events are the same on every reading, so importing a file twice changes nothing.
 *
 * Throws `file-not-readable`; `file-invalid` with the file and line of the first row that cannot be read; `usage` for
 * an unknown time zone.
 */
export async function readOnlineRetail(
  file: string,
  { timeZone = 'Europe/London', onProgress }: OnlineRetailOptions = {},
): Promise<{ events: CloudEvent[]; report: OnlineRetailReport }> {
  const readLocalTime = localTimeReader(timeZone)
  const invoices = new Map<string, Invoice>()
  const report = { rows: 0, anonymousRows: 0, purchases: 0, returns: 0, members: 0 }
  const amountOf = amounts()
  const shared = sharedStrings()
  let headerSeen = false

  function takeRow(record: string[], line: number): void {
    if (!headerSeen) {
      checkHeader(file, line, record)
      headerSeen = true
      return
    }
    const row = readRow(file, line, record)
    report.rows++
    if (row.customer === '') report.anonymousRows++
    else addToInvoice(row)
  }

  function addToInvoice({ line, invoiceNo, sku, quantity, localTime, unitPrice, customer }: Row): void {
    const amount = amountOf(Math.abs(quantity), unitPrice)
    if (amount === undefined) throw rowFault(file, line, 'UnitPrice', 'a decimal number, not negative and not too large', unitPrice)
    if (isReturn(invoiceNo) !== quantity < 0) {
      const expected = isReturn(invoiceNo) ? 'negative on a cancellation' : 'positive on a purchase'
      throw rowFault(file, line, 'Quantity', expected, String(quantity))
    }
    let invoice = invoices.get(invoiceNo)
    if (!invoice) {
      invoice = { customer: shared(customer), localTime, firstLine: line, lines: [] }
      invoices.set(invoiceNo, invoice)
    }
    if (invoice.customer !== customer) {
      throw rowFault(file, line, 'CustomerID', `${invoice.customer}, the customer of the invoice's first row`, customer)
    }
    // A few invoices span two minutes; they were begun at the earlier.
    if (localTime < invoice.localTime) invoice.localTime = localTime
    const lineId = shared(String(invoice.lines.length + 1))
    invoice.lines.push({ lineId, sku: shared(sku), quantity: Math.abs(quantity), amount })
  }

  await parseCsv(file, takeRow, onProgress)
  if (!headerSeen) throw rowFault(file, 1, '', `the header ${header.join(',')}`, '')

  const members = new Set<string>()
  const events: CloudEvent[] = []
  for (const [invoiceNo, invoice] of invoices) {
    const time = readLocalTime(invoice.localTime)
    if (time === undefined) throw rowFault(file, invoice.firstLine, 'InvoiceDate', 'a time of the calendar', invoice.localTime)
    members.add(invoice.customer)
    if (isReturn(invoiceNo)) report.returns++
    else report.purchases++
    events.push(toEvent(invoiceNo, invoice, time))
    // The lines live on in the event; the rest need not.
    invoices.delete(invoiceNo)
  }
  report.members = members.size
  return { events, report }
}

const isReturn = (invoiceNo: string) => invoiceNo.startsWith('C')

function toEvent(invoiceNo: string, { customer, lines }: Invoice, time: string): CloudEvent {
  const envelope = { specversion: '1.0', id: invoiceNo, source, subject: customer, time } as const
  const currency = 'GBP'
  return isReturn(invoiceNo)
    ? { ...envelope, type: 'retail.return.v1', data: { returnId: invoiceNo, currency, lines } }
    : { ...envelope, type: 'retail.purchase.v1', data: { orderId: invoiceNo, currency, lines } }
}

async function parseCsv(
  file: string,
  takeRow: (record: string[], line: number) => void,
  onProgress: OnlineRetailOptions['onProgress'],
): Promise<void> {
  const parser = parse({
    bom: true,
    skip_empty_lines: true,
    max_record_size: rowCharactersMax,
    // Handled here and not pushed on: half a million rows through a stream of objects take twice as long.
    on_record(record: string[], { lines }) {
      takeRow(record, lines)
      return null
    },
  })
  try {
    await pipeline(readBytes(file, onProgress), parser)
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = typeof error.lines === 'number' ? error.lines : 1
    throw new PerennialError('file-invalid', {
      where: `${file}:${line}`,
      message: `Expected a CSV row of ${header.length} columns: ${error.message}.`,
      faults: [{ field: '', message: error.message, line }],
      cause: error,
    })
  }
}

function checkHeader(file: string, line: number, record: string[]): void {
  const found = record.join(',')
  if (found !== header.join(',')) throw rowFault(file, line, '', `the header ${header.join(',')}`, found)
}

function readRow(file: string, line: number, record: string[]): Row {
  const [invoiceNo = '', sku = '', , quantityText = '', date = '', unitPrice = '', customerText = ''] = record
  if (!/^[A-Z]?\d+$/.test(invoiceNo)) throw rowFault(file, line, 'InvoiceNo', 'a number, or a letter and a number', invoiceNo)
  if (sku === '' || sku.length > 512) throw rowFault(file, line, 'StockCode', '1 to 512 characters', sku)
  const quantity = /^-?\d+$/.test(quantityText) ? Number(quantityText) : 0
  if (quantity === 0 || Math.abs(quantity) > quantityMax) {
    throw rowFault(file, line, 'Quantity', `a whole number other than 0, at most ${quantityMax}`, quantityText)
  }
  const localTime = readDate(date)
  if (localTime === undefined) throw rowFault(file, line, 'InvoiceDate', 'a time such as 2010-12-01 08:26:00', date)
  // Write-offs of bad debt have a negative price; they have no customer, so only the form is looked at here.
  if (!/^-?\d+(\.\d+)?$/.test(unitPrice)) throw rowFault(file, line, 'UnitPrice', 'a decimal number such as 2.55', unitPrice)
  // Where rows lack a customer, spreadsheets and data frames write the others as 17850.0.
  const customer = /^(\d*)(?:\.0)?$/.exec(customerText)?.[1]
  if (customer === undefined || customer.length > 128) throw rowFault(file, line, 'CustomerID', 'a whole number or empty', customerText)
  return { line, invoiceNo, sku, quantity, localTime, unitPrice, customer }
}

/** Two spellings go round: `2010-12-01 08:26:00`, and `12/1/2010 8:26` (month first) as the spreadsheet exports it. */
function readDate(text: string): string | undefined {
  const iso = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)$/.exec(text)
  if (iso) return `${iso[1]}T${iso[2]}`
  const exported = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d\d)$/.exec(text)
  if (!exported) return undefined
  const [month, day, , hour] = exported.slice(1).map((part) => part.padStart(2, '0'))
  return `${exported[3]}-${month}-${day}T${hour}:${exported[5]}:00`
}

/** Line amounts as decimal strings; the same quantities and prices return thousands of times, so answers are kept. */
function amounts(): (quantity: number, unitPrice: string) => string | undefined {
  const known = new Map<string, string | undefined>()
  return (quantity, unitPrice) => {
    const key = `${quantity}x${unitPrice}`
    let amount = known.get(key)
    if (amount === undefined) {
      const pence = lineAmount(quantity, unitPrice)
      amount = pence === undefined ? undefined : formatMinor(pence, 2)
      known.set(key, amount)
    }
    return amount
  }
}

/** Keeps one copy of each string: 400,000 lines share 4,000 stock codes. */
function sharedStrings(): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => {
    const first = known.get(text)
    if (first === undefined) known.set(text, text)
    return first ?? text
  }
}
