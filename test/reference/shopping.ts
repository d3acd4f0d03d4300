import type { ChurnRiskRow, LifecycleRow, Programme } from '@perennial/contracts'
import { dayMs, judging, lengthMs, localDay } from './calendar.ts'
import { formatInstant, money } from './money.ts'
import { netSpend, type Story } from './story.ts'

type Stage = LifecycleRow['stage']

/** What is known of a member's habits after so many purchases. */
interface Habit {
  programme: Programme
  firstAt: number
  lastAt: number
  shoppingDays: number
  onNewDay: boolean
  /** Milliseconds. */
  rhythm: number
}

function habitAfter(purchasedAt: readonly number[], programmes: readonly Programme[]): Habit {
  const firstAt = purchasedAt[0] as number
  const lastAt = purchasedAt.at(-1) as number
  const programme = judging(programmes, lastAt)
  const days = purchasedAt.map((at) => localDay(at, judging(programmes, at).timeZone))
  const shoppingDays = new Set(days).size
  const { prior, weight, shortest, longest } = programme.lifecycle.rhythm
  const usual = (lengthMs(prior) * weight + (lastAt - firstAt)) / (weight + shoppingDays - 1)
  const rhythm = Math.round(Math.min(Math.max(usual, lengthMs(shortest)), lengthMs(longest)))
  return { programme, firstAt, lastAt, shoppingDays, onNewDay: days.at(-1) !== days.at(-2), rhythm }
}

/** Instants at which the silence after the last purchase makes the member at risk, lapsed and lost. */
function silences({ programme, lastAt, rhythm }: Habit): { stage: Stage; at: number }[] {
  const { atRiskAfter, lapsedAfter, lostAfter } = programme.lifecycle
  return [
    { stage: 'at-risk', at: lastAt + Math.round(rhythm * atRiskAfter) },
    { stage: 'lapsed', at: lastAt + Math.round(rhythm * lapsedAfter) },
    { stage: 'lost', at: lastAt + Math.round(rhythm * lostAfter) },
  ]
}

function purchaseTimes({ moments }: Story): number[] {
  return moments.flatMap(({ purchase }) => (purchase ? [purchase.at] : []))
}

/** Every stage that the member entered, the last one last. */
function stages(story: Story, programmes: readonly Programme[], asOf: number): { stage: Stage; since: number }[] {
  const entered: { stage: Stage; since: number }[] = []
  const enter = (stage: Stage, since: number) => {
    if (entered.at(-1)?.stage !== stage) entered.push({ stage, since })
  }
  const purchasedAt = purchaseTimes(story)
  const [first] = story.moments
  if (first && !first.purchase) enter('prospect', first.at)

  let wonBackLeft = 0
  for (let count = 1; count <= purchasedAt.length; count++) {
    const habit = habitAfter(purchasedAt.slice(0, count), programmes)
    const { lifecycle } = habit.programme
    const found = entered.at(-1)?.stage
    if (found === 'lapsed' || found === 'lost') wonBackLeft = lifecycle.wonBackFor
    else if (habit.onNewDay && wonBackLeft > 0) wonBackLeft--

    if (wonBackLeft > 0) enter('won-back', habit.lastAt)
    else if (habit.shoppingDays >= lifecycle.loyalFrom) enter('loyal', habit.lastAt)
    else if (habit.shoppingDays >= lifecycle.growingFrom) enter('growing', habit.lastAt)
    else enter('new', habit.lastAt)

    const until = purchasedAt[count] ?? asOf
    for (const { stage, at } of silences(habit)) if (at <= until) enter(stage, at)
  }
  return entered
}

export function lifecycleRow(memberId: string, story: Story, programmes: readonly Programme[], asOf: number): LifecycleRow {
  const { stage, since } = stages(story, programmes, asOf).at(-1) as { stage: Stage; since: number }
  const purchasedAt = purchaseTimes(story)
  const [first] = purchasedAt
  const last = purchasedAt.at(-1)
  return {
    memberId,
    stage,
    since: formatInstant(since),
    purchases: purchasedAt.length,
    firstPurchaseAt: first === undefined ? null : formatInstant(first),
    lastPurchaseAt: last === undefined ? null : formatInstant(last),
    netSpend: money(netSpend(story), story.currency),
    currency: story.currency,
    asOf: formatInstant(asOf),
  }
}

export function churnRiskRow(memberId: string, story: Story, programmes: readonly Programme[], asOf: number): ChurnRiskRow {
  const purchasedAt = purchaseTimes(story)
  const known = { memberId, asOf: formatInstant(asOf) }
  if (purchasedAt.length === 0) return { ...known, score: null, band: 'unknown', recencyDays: null, rhythmDays: null }
  const { programme, lastAt, rhythm } = habitAfter(purchasedAt, programmes)
  const { evenAt, mediumFrom, highFrom } = programme.churnRisk
  const silence = asOf - lastAt
  const r = silence / rhythm
  const reaches = (score: number) => lastAt + Math.ceil(rhythm * evenAt * Math.sqrt(score / (1 - score)))
  return {
    ...known,
    score: Number((r ** 2 / (r ** 2 + evenAt ** 2)).toFixed(4)),
    band: asOf >= reaches(highFrom) ? 'high' : asOf >= reaches(mediumFrom) ? 'medium' : 'low',
    recencyDays: Number((silence / dayMs).toFixed(2)),
    rhythmDays: Number((rhythm / dayMs).toFixed(2)),
  }
}
