import { beginning, cursorRefused } from '@perennial/message-bus'

/**
 * A place between the messages of a topic: for each partition the offset to go on at. As text `p` and the offsets in
 * base 36, 0 left out: `p.1c..5` is 0, 48, 0, 5. With 64 partitions and a million messages in each, 321 characters.
 */
export type Positions = readonly number[]

export function toReadCursor(positions: Positions): string {
  return `p${positions.map((offset) => (offset === 0 ? '' : offset.toString(36))).join('.')}`
}

/** @throws PerennialError `invalid-request` */
export function fromReadCursor(cursor: string): Positions {
  if (cursor === beginning) return []
  if (!/^p[0-9a-z]{0,10}(\.[0-9a-z]{0,10})*$/.test(cursor)) throw cursorRefused()
  return cursor
    .slice(1)
    .split('.')
    .map((offset) => (offset === '' ? 0 : Number.parseInt(offset, 36)))
}
