import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { announcementData, type LifecycleStage, readModels } from '@perennial/contracts'
import type { MemberEvent } from '@perennial/domain'
import { stagesOfShopping } from '../reference/reference.ts'
import type { StageChange } from '../reference/stages.ts'
import { type Dice, diceOf } from '../support/dice.ts'
import { projectorNamed } from '../support/folded-rows.ts'
import { dayMs } from '../support/pools.ts'
import { propertyTimeoutMs, seed } from '../support/property.ts'
import { factsShuffled, lookingInstantsOf } from '../support/random-stream.ts'
import { shoppingModels } from '../support/shopping-models.ts'
import { differences, instant, type Judge, ofShopping, type Trial, tryHistories } from '../support/try-histories.ts'

const histories = 3_000

function holdsForAll(name: string, judgeOf: (trial: Trial, stream: readonly MemberEvent[]) => Judge): void {
  test(
    name,
    () => {
      expect(tryHistories(histories, judgeOf, ofShopping)).toBeGreaterThan(0)
    },
    propertyTimeoutMs,
  )
}

const inOrder = (instants: readonly number[]) => [...new Set(instants)].sort((a, b) => a - b)
const lastOf = (stream: readonly MemberEvent[]) => Math.max(...stream.map(({ occurredAt }) => occurredAt))

describe(`how a member shops: what does not matter (seed ${seed})`, () => {
  holdsForAll('in which order facts were stored', ({ folding, dice }, whole) => {
    const [asOf] = lookingInstantsOf(dice, whole) as [number]
    const again = dice.number(2 ** 30)
    return (stream) => {
      const shuffled = factsShuffled(stream, diceOf(again))
      for (const model of shoppingModels) {
        const wrong = differences(folding.row(model, stream, asOf), folding.row(model, shuffled, asOf))
        if (wrong !== undefined) return `${model} as of ${instant(asOf)}:\n${wrong}`
      }
    }
  })

  holdsForAll('how often the clock is looked at, and whether the state is put away in between', ({ folding, dice }, whole) => {
    const begin = Math.min(...whole.map(({ occurredAt }) => occurredAt))
    const end = lastOf(whole) + dice.number(500 * dayMs)
    const pauses = Array.from({ length: 12 }, () => begin + dice.number(end - begin + 1)).sort((a, b) => a - b)
    return (stream) => {
      for (const model of shoppingModels) {
        const once = folding.row(model, stream, end)
        const wrong = [{ pauses }, { pauses, putAway: true }].map((options) => differences(once, folding.row(model, stream, end, options)))
        if (wrong[0] ?? wrong[1]) return `${model} as of ${instant(end)}:\n${wrong[0] ?? wrong[1]}`
      }
    }
  })
})

describe(`how a member shops: what never fails (seed ${seed})`, () => {
  holdsForAll('rows are as the contract says', ({ folding, dice }, whole) => {
    const instants = lookingInstantsOf(dice, whole)
    return (stream) => {
      for (const asOf of instants) {
        for (const model of shoppingModels) {
          const row = folding.row(model, stream, asOf)
          const { error } = row ? readModels[model].safeParse(row) : {}
          if (error) return `${error.message}\n${JSON.stringify(row)}`
        }
      }
    }
  })

  holdsForAll('whoever looks now and then is told of the last four stages in between', ({ programmes, learnt, folding, dice }, whole) => {
    const looks = looksAt(whole, dice)
    return (stream) => {
      let before: { shown: Shown; entered: StageChange[] } | undefined
      for (const at of looks) {
        const shown = folding.shown('lifecycle', stream, at)?.shown
        if (!shown) continue
        const entered = stagesOfShopping(stream, { programmes, learnt }, at)
        const since = before?.entered.length ?? entered.length - 1
        const news = entered.slice(since).slice(-4)
        const expected = news.filter(({ stage }, index) => index > 0 || stage !== before?.shown.stage)
        const told = announcedStages(before?.shown, shown).map(({ after, since, reason }) => ({
          stage: after,
          since: Date.parse(since),
          reason,
        }))
        if (!isDeepStrictEqual(told, expected))
          return `At ${instant(at)} told ${JSON.stringify(told)}, expected ${JSON.stringify(expected)}`
        before = { shown, entered }
      }
    }
  })

  holdsForAll('stages are told in a chain without a gap, also where the past has changed', ({ folding, dice }, whole) => {
    const looks = looksAt(whole, dice)
    const known = new Set(whole.filter(() => !dice.once(6)))
    return (stream) => {
      // Some of it becomes known only at the last look.
      const then = stream.filter((event) => known.has(event))
      const views = [...looks.map((at) => ({ at, events: then })), { at: looks.at(-1) as number, events: stream }]
      let before: Shown | undefined
      for (const { at, events } of views) {
        const after = folding.shown('lifecycle', events, at)?.shown
        if (!after) continue
        const fault = faultInChain(before, after, at)
        if (fault !== undefined) return `${fault}\nbefore ${JSON.stringify(before)}\nafter  ${JSON.stringify(after)}`
        before = after
      }
    }
  })

  holdsForAll('risk never falls by time alone', ({ learnt, programmes, folding, dice }, whole) => {
    const last = lastOf(whole)
    const changes = [...learnt.churn.map(({ asOf }) => asOf), ...programmes.map(({ effectiveFrom }) => Date.parse(effectiveFrom) - dayMs)]
    // Versions begin at midnight of their own zone, within a day of that of UTC.
    const until = Math.min(last + 800 * dayMs, ...changes.filter((at) => at > last - 2 * dayMs))
    const looks = inOrder(Array.from({ length: 12 }, () => last + dice.number(Math.max(1, until - last))))
    return (stream) => {
      let before = { score: 0, at: '' }
      for (const at of looks) {
        const score = folding.row('churn-risk', stream, at)?.score ?? 0
        if (score < before.score) return `${before.score} at ${before.at}, but ${score} at ${instant(at)}`
        before = { score, at: instant(at) }
      }
    }
  })

  holdsForAll('what is shown changes when it was announced to change, and at no other time', ({ folding, dice }, whole) => {
    const [, ...looks] = lookingInstantsOf(dice, whole)
    const share = dice.number(1_000) / 1_000
    return (stream) => {
      for (const model of shoppingModels) {
        for (const from of looks) {
          // After the last event of those that are known, nothing but time brings a change.
          const events = stream.filter(({ occurredAt }) => occurredAt <= from)
          const now = folding.shown(model, events, from)
          if (!now) continue
          const due = now.nextDue ?? from + 1_000 * dayMs
          if (due <= from) return `${model} at ${instant(from)}: the next change was due at ${instant(due)}`
          for (const at of [due - 1, from + Math.floor(share * (due - from))]) {
            const wrong = differences(named(now.shown), named(folding.shown(model, events, at)?.shown))
            if (wrong !== undefined)
              return `${model} at ${instant(from)}, with nothing due before ${instant(due)}, at ${instant(at)}:\n${wrong}`
          }
        }
      }
    }
  })
})

/** What announcements tell: the basis of a risk may change by a new model that changes no band. */
function named(shown: object | undefined): object | undefined {
  return shown && { ...shown, basis: undefined }
}

/** Now and then in a history, at its end, and some time after. */
function looksAt(whole: readonly MemberEvent[], dice: Dice): number[] {
  const last = lastOf(whole)
  const somewhere = () => dice.pick(whole).occurredAt + dice.number(60 * dayMs)
  return inOrder([...Array.from({ length: 6 }, somewhere), last, last + dice.number(500 * dayMs)])
}

type Shown = Parameters<ReturnType<typeof projectorNamed>['transitions']>[1]

function announcedStages(before: Shown | undefined, after: Shown) {
  const told = projectorNamed('lifecycle').transitions(before, after)
  return told.map(({ type, data }) => announcementData[changed].parse(type === changed ? data : undefined))
}

const changed = 'perennial.lifecycle.changed.v1'

/** Each announcement begins where the one before ended, and the last one ends where the member is. */
function faultInChain(before: Shown | undefined, after: Shown, at: number): string | undefined {
  let stage = (before?.stage ?? null) as LifecycleStage | null
  let since = Number.NEGATIVE_INFINITY
  for (const told of announcedStages(before, after)) {
    if (told.before !== stage) return `told ${told.before} instead of ${stage} as the stage before`
    if (told.after === stage) return `told of ${stage} twice`
    if (Date.parse(told.since) < since || Date.parse(told.since) > at) return `told of ${told.since} out of order, or before its time`
    stage = told.after
    since = Date.parse(told.since)
  }
  return stage === after.stage ? undefined : `told up to ${stage}, but it is ${after.stage}`
}
