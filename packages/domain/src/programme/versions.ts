import type { Programme } from '@perennial/contracts'
import { nothingLearnt, type ShopModels } from '../shopping/learnt.ts'
import { compileRules, type Rules } from './rules.ts'

/** All published versions of the programme, and which of them judges what; with them, what was learnt from the shop. */
export interface ProgrammeVersions {
  /** In the order in which they take effect. Of two with the same first day, the later version counts. */
  readonly all: readonly Rules[]
  /** The version in force at an instant; undefined before the first. */
  inForce(at: number): Rules | undefined
  /** The version in force, or the first one for what happened before it. */
  judging(at: number): Rules
  /** The first instant after `at` on which another version takes effect. */
  nextChange(at: number): number | undefined
  /** The versions that take effect after `at`, in that order. */
  after(at: number): readonly Rules[]
  /** The currency that the programme names at an instant, if it names one. */
  currencyAt(at: number): string | undefined
  /** What was learnt from all members: churn model, rhythm, value model, each from its own instant on. */
  readonly learnt: ShopModels
}

/** @param programmes in the order in which they were published; at least one. */
export function programmeVersions(programmes: readonly Programme[], learnt: ShopModels = nothingLearnt): ProgrammeVersions {
  const byStart = new Map<number, Rules>()
  for (const programme of programmes) {
    const rules = compileRules(programme)
    const same = byStart.get(rules.effectiveFrom)
    if (!same || same.programme.version <= programme.version) byStart.set(rules.effectiveFrom, rules)
  }
  const all = [...byStart.values()].sort((a, b) => a.effectiveFrom - b.effectiveFrom)
  const first = all[0]
  if (!first) throw new Error('a programme has at least one version')

  function inForce(at: number): Rules | undefined {
    for (let index = all.length - 1; index >= 0; index--) {
      const rules = all[index] as Rules
      if (rules.effectiveFrom <= at) return rules
    }
    return undefined
  }
  return {
    all,
    inForce,
    judging: (at) => inForce(at) ?? (first as Rules),
    nextChange: (at) => all.find((rules) => rules.effectiveFrom > at)?.effectiveFrom,
    after: (at) => all.filter((rules) => rules.effectiveFrom > at),
    learnt,
    currencyAt: (at) => (inForce(at) ?? (first as Rules)).programme.currency,
  }
}
