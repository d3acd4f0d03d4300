import type { ReadModel } from '@perennial/read-store'

/**
 * A rebuild that is about to swap says so on the list of those who share the partitions, under a name that nobody else
 * has. Whoever sweeps puts its mark first and looks at the list then; the rebuild puts its name first and looks at the
 * marks then: so one of the two sees the other, and no member is announced in tables that are about to go. Those who
 * share the partitions stop writing while the name is there, so that a rebuild catches up with them.
 */
const swapIntent = '*swap*'
const onlooker = '*look*'

/** Longer than a swap takes, and short enough to be waited for when whoever said it has died. */
const intentMs = 30_000

export function isSwapIntent(name: string): boolean {
  return name === swapIntent
}

/** A name that stands for no process, and gets no share. */
export function isReserved(name: string): boolean {
  return name === swapIntent || name === onlooker
}

export async function intendSwap(readModel: ReadModel): Promise<void> {
  await readModel.enlist(swapIntent, intentMs)
}

export async function endSwap(readModel: ReadModel): Promise<void> {
  await readModel.leave(swapIntent)
}

export async function isSwapIntended(readModel: ReadModel): Promise<boolean> {
  return (await readModel.enlist(onlooker, 1)).some(isSwapIntent)
}
