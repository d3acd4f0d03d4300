import { dayMs } from './calendar.ts'

const halfLifeMs = 30 * dayMs

/** Of all activities: each one adds 1, and what there is halves every 30 days. */
export function engagementAt({ engagedAt }: { engagedAt: readonly number[] }, at: number): number {
  return engagedAt.reduce((total, since) => total + 0.5 ** ((at - since) / halfLifeMs), 0)
}
