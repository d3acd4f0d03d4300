import { describe, expect, test } from '@jest/globals'
import { type DataOf, decisionSource, type Programme, readModels } from '@perennial/contracts'
import type { MemberEvent, MemberEventType, PointsState } from '@perennial/domain'
import { lifeOf } from '../reference/reference.ts'
import { type Dice, diceOf } from '../support/dice.ts'
import type { Folding } from '../support/folded-rows.ts'
import { dayMs, hourMs } from '../support/pools.ts'
import { propertyTimeoutMs, seed } from '../support/property.ts'
import { asAdopted, factsShuffled, lookingInstantsOf } from '../support/random-stream.ts'
import { differences, instant, type Judge, type Trial, tryHistories } from '../support/try-histories.ts'

const models = ['tier', 'points'] as const
const histories = 4_000

/** When the last thing happened, also to a member whose history was adopted: that may be after the merge. */
function lastOf(stream: readonly MemberEvent[]): number {
  const adopted = stream.flatMap((event) => (event.type === 'HistoryAdopted' ? event.data.events : []))
  return Math.max(...[...stream, ...adopted].map(({ occurredAt }) => occurredAt))
}

function holdsForAll(name: string, judgeOf: (trial: Trial, stream: readonly MemberEvent[]) => Judge): void {
  test(
    name,
    () => {
      expect(tryHistories(histories, judgeOf)).toBeGreaterThan(0)
    },
    propertyTimeoutMs,
  )
}

const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0)

describe(`what never fails, whatever happens to a member (seed ${seed})`, () => {
  holdsForAll('after every event the accounts sum to zero, and lots, holds and debts sum to their accounts', ({ folding }) => (stream) => {
    const faults: string[] = []
    folding.row('points', stream, lastOf(stream), {
      look(state) {
        const { accounts, lots, holds, debts } = state as PointsState
        const left = lots.map(({ left }) => left)
        const spent = holds.flatMap(({ parts }) => parts.map(({ points }) => points))
        const owed = debts.map(({ owed }) => owed)
        if (total(Object.values(accounts)) !== 0) faults.push('the accounts do not sum to zero')
        if ([...left, ...spent, ...owed].some((points) => points < 0)) faults.push('something is below zero')
        if (total(left) !== accounts.available + accounts.pending) faults.push('lots are not what is available and pending')
        if (total(spent) !== accounts.held) faults.push('holds are not what is held')
        if (total(owed) !== -accounts.debt) faults.push('debts are not what is owed')
        if (accounts.debt < 0 && accounts.available > 0) faults.push('points are available while something is owed')
      },
    })
    return faults[0]
  })

  holdsForAll('nothing is taken from a lot that it did not have, nor for a line more than it was awarded', ({ programmes }) => (stream) => {
    let fault: string | undefined
    lifeOf(stream, programmes, lastOf(stream), ({ wallet, record, awarded }) => {
      const isBelowZero = wallet.lots.some((lot) => lot.pending < 0n || lot.available < 0n || lot.expired < lot.forgiven)
      if (isBelowZero) fault = 'a lot is below zero'
      for (const [line, asked] of awarded.asked) {
        if (asked < 0n || asked > (record.awards.get(line) ?? 0n)) fault = `of line ${line.sku} returns asked ${asked}`
      }
    })
    return fault
  })

  holdsForAll('returns never take back more than was earned, unless they take a base rate', ({ programmes, folding }) => (stream) => {
    if (programmes.some(({ points }) => points.returns.unmatched === 'base-rate')) return undefined
    const row = folding.row('points', stream, lastOf(stream))
    return row && row.clawedBack > row.earned ? `${row.clawedBack} taken back of ${row.earned}` : undefined
  })

  holdsForAll('rows are as the contract says', ({ folding, dice }, whole) => {
    const instants = lookingInstantsOf(dice, whole)
    return (stream) => {
      for (const asOf of instants) {
        for (const model of models) {
          const row = folding.row(model, stream, asOf)
          const { error } = row ? readModels[model].safeParse(row) : {}
          if (error) return `${error.message}\n${JSON.stringify(row)}`
        }
      }
    }
  })
})

describe(`what does not matter (seed ${seed})`, () => {
  holdsForAll('in which order facts were stored', ({ folding, dice }, whole) => {
    const [asOf] = lookingInstantsOf(dice, whole) as [number]
    const again = dice.number(2 ** 30)
    return (stream) => sameRows(folding, stream, factsShuffled(stream, diceOf(again)), [asOf])
  })

  holdsForAll('how often the clock is looked at, and whether the state is put away in between', ({ folding, dice }, whole) => {
    const begin = Math.min(...whole.map(({ occurredAt }) => occurredAt))
    const end = lastOf(whole) + dice.number(500 * dayMs)
    const pauses = Array.from({ length: 12 }, () => begin + dice.number(end - begin + 1)).sort((a, b) => a - b)
    return (stream) => {
      for (const model of models) {
        const once = folding.row(model, stream, end)
        const wrong = [{ pauses }, { pauses, putAway: true }].map((options) => differences(once, folding.row(model, stream, end, options)))
        if (wrong[0] ?? wrong[1]) return `${model} as of ${instant(end)}:\n${wrong[0] ?? wrong[1]}`
      }
    }
  })

  holdsForAll('a redemption that was cancelled in full, with time and earning in between', ({ programmes, folding, dice }, whole) => {
    const { redeemed, earned, cancelled } = redemptionAfter(lastOf(whole), dice)
    const asOf = cancelled.occurredAt + dice.number(100) * dayMs
    return (stream) => {
      const without = [...stream, ...earned]
      const expiredBy = (at: number) => folding.row('points', without, at)?.expired
      const aLotExpired = expiredBy(redeemed.occurredAt) !== expiredBy(cancelled.occurredAt)
      if (livesByActivity(programmes) || aLotExpired) return undefined
      return sameRows(folding, without, [...stream, redeemed, ...earned, cancelled], [asOf])
    }
  })

  holdsForAll('whether a history was adopted or always the own one', ({ folding, dice }, whole) => {
    const theirs = new Set(whole.filter(({ type }) => !isOfMerge(type) && dice.once(2)))
    const at = lastOf(whole)
    const looks = [at, at + dice.number(300) * dayMs]
    return (stream) => {
      const own = stream.filter(({ type }) => type !== 'MergedInto' && type !== 'MergeUndone')
      const adopted = own.filter((event) => theirs.has(event))
      if (adopted.length === 0) return undefined
      return sameRows(folding, own, [...own.filter((event) => !theirs.has(event)), adoptionOf(adopted, at)], looks)
    }
  })

  holdsForAll('a merge that was undone, to either member', ({ folding, dice }, whole) => {
    const theirs = new Set(whole.filter(({ type }) => !isOfMerge(type) && dice.once(2)))
    const at = lastOf(whole)
    const looks = [at + dayMs, at + dayMs + dice.number(300) * dayMs]
    const away = [
      decision('MergedInto', 'm', at, { into: 'bob', by: 'sam' }),
      decision('MergeUndone', 'u', at + dayMs, { merge: 'm', by: 'sam' }),
    ]
    const ended = decision('AdoptionEnded', 'e', at + dayMs, { merge: 'm', from: 'bob' })
    return (stream) => {
      const own = stream.filter((event) => !theirs.has(event))
      if (folding.row('tier', own, at) === undefined) return undefined
      if (folding.row('tier', [...own, ...away], at) !== undefined) return 'a member who is merged into another has a row'
      const adopted = adoptionOf(
        stream.filter((event) => theirs.has(event)),
        at,
      )
      return sameRows(folding, own, [...own, ...away], looks) ?? sameRows(folding, own, [...own, adopted, ended], looks)
    }
  })
})

function sameRows(
  folding: Folding,
  expected: readonly MemberEvent[],
  found: readonly MemberEvent[],
  instants: readonly number[],
): string | undefined {
  for (const asOf of instants) {
    for (const model of models) {
      const wrong = differences(folding.row(model, expected, asOf), folding.row(model, found, asOf))
      if (wrong !== undefined) return `${model} as of ${instant(asOf)}:\n${wrong}`
    }
  }
}

function isOfMerge(type: MemberEventType): boolean {
  return ['MergedInto', 'MergeUndone', 'HistoryAdopted', 'AdoptionEnded'].includes(type)
}

/** Points of whose life a redemption, being an activity, changes the end. */
function livesByActivity(programmes: readonly Programme[]): boolean {
  return programmes.some(({ points: { expiry } }) => typeof expiry === 'object' && 'inactivity' in expiry)
}

function decision<T extends MemberEventType>(type: T, id: string, at: number, data: DataOf[T]): MemberEvent {
  return { type, source: decisionSource, id, occurredAt: at, recordedAt: at, revision: 1_000, position: 1_000, data } as MemberEvent
}

function adoptionOf(events: readonly MemberEvent[], at: number): MemberEvent {
  return decision('HistoryAdopted', 'a', at, { merge: 'm', from: 'bob', events: events.map(asAdopted) })
}

/** After all else: points are redeemed, some more are earned, and all of the redemption is cancelled. */
function redemptionAfter(last: number, dice: Dice): { redeemed: MemberEvent; earned: MemberEvent[]; cancelled: MemberEvent } {
  const points = dice.pick([1, 20, 100, 500])
  const at = last + dice.number(30) * dayMs
  const earned = Array.from({ length: dice.number(3) }, (_, index): MemberEvent => {
    const occurredAt = at + (1 + index) * hourMs
    const lines = [{ sku: 'tea', quantity: 1, amount: dice.number(20_000) }]
    const data = { orderId: `after-${index}`, currency: 'GBP', lines }
    return {
      type: 'PurchaseRecorded',
      source: '/shop',
      id: `after-${index}`,
      occurredAt,
      recordedAt: occurredAt,
      revision: 0,
      position: 0,
      data,
    }
  })
  return {
    redeemed: decision('PointsRedeemed', 'r', at, { points }),
    earned,
    cancelled: decision('RedemptionCancelled', 'c', at + dice.pick([4 * hourMs, 3 * dayMs, 40 * dayMs]), { redemption: 'r', points }),
  }
}
