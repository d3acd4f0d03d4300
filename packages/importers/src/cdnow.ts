import type { CloudEvent } from '@perennial/contracts'
import { localTimeReader } from './local-time.ts'
import { type ReadProgress, readBytes } from './read-bytes.ts'
import { rowFault } from './row-fault.ts'

/**
 * CDNOW (https://www.brucehardie.com/datasets/): every purchase of the 23,570 customers who first bought from the music
 * shop in the first quarter of 1997; one row per purchase, columns parted by blanks.
 *
 * What is odd in it, and what is done about it:
 * - 80 rows cost 0.00, each one CD: something was ordered and sent, so it is a purchase, worth nothing.
 * - 2,068 rows share customer and day with an earlier row, 255 of those dollars and CDs too. The log has no order
 *   numbers to tell a copy from a second order; the published studies count every row, and so does this.
 * - Neither a quantity of 0 nor a negative amount occurs: such a row is an error.
 * - The sample names each customer twice. Its rows are those of the master file, so the master id is taken: importing
 *   both files stores each purchase once.
 */
const source = '/import/cdnow'
const masterHeader = ['customer_id', 'date', 'number_of_cds', 'dollar_value']
const quantityMax = 1e9
/** Longer than any row by far: a file without line ends is not CDNOW. */
const rowCharactersMax = 4096

export interface CdnowOptions {
  /** The file has days only: purchases are put at noon in this zone. The shop was in Pennsylvania. */
  timeZone?: string
  onProgress?: (progress: ReadProgress) => void
}

export interface CdnowReport {
  format: 'master' | 'sample'
  /** Rows, without the header; each is a purchase. */
  rows: number
  /** Those of the purchases that cost nothing. */
  freePurchases: number
  members: number
}

/**
 * Reads cdnow-master (four columns, with or without a header row) or cdnow-sample (five columns), plain or gzip: one
 * purchase per row, in the order of the file. An event's id is customer, day, and a running number within the two, so
 * it is the same on every reading.
 *
 * Throws `file-not-readable`; `file-invalid` with the file and line of the first row that cannot be read; `usage` for
 * an unknown time zone.
 */
export async function readCdnow(
  file: string,
  { timeZone = 'America/New_York', onProgress }: CdnowOptions = {},
): Promise<{ events: CloudEvent[]; report: CdnowReport }> {
  const readLocalTime = localTimeReader(timeZone)
  const events: CloudEvent[] = []
  const members = new Set<string>()
  const ordersOfDay = new Map<string, number>()
  let columns = 0
  let freePurchases = 0
  let line = 0

  for await (const text of readLines(file, onProgress)) {
    line++
    const values = text.split(/\s+/).filter((value) => value !== '')
    if (values.length === 0) continue
    if (columns === 0) {
      columns = columnsOf(file, line, values)
      if (isHeader(values)) continue
    }
    if (values.length !== columns) throw rowFault(file, line, '', `${columns} columns`, text.trim())
    const [customer, day, cds, dollars] = (columns === 5 ? values.toSpliced(1, 1) : values) as [string, string, string, string]
    checkRow(file, line, customer, cds, dollars)
    const time = readLocalTime(day.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3T12:00:00'))
    if (time === undefined) throw rowFault(file, line, 'date', 'a day such as 19970101', day)
    const running = (ordersOfDay.get(`${customer}-${day}`) ?? 0) + 1
    ordersOfDay.set(`${customer}-${day}`, running)
    members.add(customer)
    if (/^[0.]+$/.test(dollars)) freePurchases++
    events.push(toEvent(`${customer}-${day}-${running}`, customer, time, Number(cds), dollars))
  }
  if (columns === 0) throw rowFault(file, 1, '', `rows of ${masterHeader.join(', ')}`, '')
  const format = columns === 5 ? 'sample' : 'master'
  return { events, report: { format, rows: events.length, freePurchases, members: members.size } }
}

function toEvent(id: string, customer: string, time: string, quantity: number, amount: string): CloudEvent {
  return {
    specversion: '1.0',
    id,
    source,
    type: 'retail.purchase.v1',
    subject: customer,
    time,
    data: { orderId: id, currency: 'USD', lines: [{ sku: 'cd', quantity, amount }] },
  }
}

const isHeader = (values: string[]) => values.join(' ') === masterHeader.join(' ')

/** The first row tells the files apart. */
function columnsOf(file: string, line: number, values: string[]): 4 | 5 {
  if (isHeader(values)) return 4
  const numeric = values.every((value) => /^\d+(\.\d+)?$/.test(value))
  if (numeric && (values.length === 4 || values.length === 5)) return values.length
  throw rowFault(file, line, '', `the header ${masterHeader.join(' ')}, or a row of 4 or 5 numbers`, values.join(' '))
}

function checkRow(file: string, line: number, customer: string, cds: string, dollars: string): void {
  if (!/^\d{1,128}$/.test(customer)) throw rowFault(file, line, 'customer_id', 'a number', customer)
  if (!/^\d+$/.test(cds) || Number(cds) === 0 || Number(cds) > quantityMax) {
    throw rowFault(file, line, 'number_of_cds', 'a whole number of at least 1', cds)
  }
  if (!/^\d{1,12}\.\d\d$/.test(dollars)) throw rowFault(file, line, 'dollar_value', 'dollars and cents such as 29.33', dollars)
}

async function* readLines(file: string, onProgress: CdnowOptions['onProgress']): AsyncGenerator<string> {
  let rest = ''
  let line = 0
  for await (const bytes of readBytes(file, onProgress)) {
    // The format is ASCII: no character is cut in two by the end of a chunk.
    const lines = (rest + bytes.toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) {
      line++
      yield text
    }
    if (rest.length > rowCharactersMax) throw rowFault(file, line + 1, '', 'rows that end', rest)
  }
  yield rest
}
