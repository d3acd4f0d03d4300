import type { Programme } from '@perennial/contracts'
import { judging } from './calendar.ts'
import { minorUnits } from './money.ts'
import type { MemberRecord, Metric } from './record.ts'
import { totalOf, windowAt } from './windows.ts'

type Level = Programme['tiers']['levels'][number]

/** Levels are compared by their place in the version that judges; the lowest has place 0. */

function levelsAt({ programmes }: MemberRecord, at: number): Level[] {
  return judging(programmes, at).tiers.levels
}

/** The place of a level among those of the version that judges; the lowest where it has no such level. */
export function placeOf(record: MemberRecord, name: string, at: number): number {
  return Math.max(0, placeOrNone(record, name, at))
}

export function placeOrNone(record: MemberRecord, name: string, at: number): number {
  return levelsAt(record, at).findIndex((level) => level.name === name)
}

export function nameOf(record: MemberRecord, place: number, at: number): string {
  return (levelsAt(record, at)[place] as Level).name
}

/** The place of the highest level that a total reaches. */
export function placeFor(record: MemberRecord, total: bigint, at: number): number {
  const { metric, levels } = judging(record.programmes, at).tiers
  return Math.max(
    0,
    levels.findLastIndex(({ from }) => lowestTotal(from, metric, record) <= total),
  )
}

/** Money in minor units; points and purchases as they are. */
export function lowestTotal(from: string, metric: Metric, record: MemberRecord): bigint {
  return metric === 'spend' ? minorUnits(from, record.currency) : minorUnits(from, 'JPY')
}

export function totalAt(record: MemberRecord, at: number, window = windowAt(record, judging(record.programmes, at), at)): bigint {
  return totalOf(record.postings, judging(record.programmes, at).tiers.metric, window)
}

export function levelAt(record: MemberRecord, at: number): number {
  return placeFor(record, totalAt(record, at), at)
}
