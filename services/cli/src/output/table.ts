import Table from 'cli-table3'
import pc from 'picocolors'

/** Lines between rows only where they help: a header, then plain columns. */
const plain = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: ' ',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/** A table for people. Numbers stand right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number | null | undefined)[])[]): string {
  const numeric = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'))
  const built = new Table({
    head: head.map((title) => pc.bold(title)),
    colAligns: numeric.map((right) => (right ? 'right' : 'left')),
    chars: plain,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  })
  for (const row of rows) built.push(row.map(show))
  // A last column that is narrower than its widest cell would end in blanks.
  return built.toString().replace(/ +$/gm, '')
}

function show(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '-'
  return typeof value === 'number' ? count(value) : value
}

/** 1234567 is 1,234,567. */
export function count(value: number): string {
  return value.toLocaleString('en-GB')
}
