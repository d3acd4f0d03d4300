import { type Fold, noShopping, type ProgrammeVersions, type ShoppingState, shop } from '@perennial/domain'

/** A member as cohorts and the funnel see one. */
export interface Shopper {
  /** Instant of the first event; undefined until there is one. */
  knownAt: number | undefined
  shopping: ShoppingState
}

/** Collects the days on which a member shopped; time alone changes none of them. */
export function shopperFold(versions: ProgrammeVersions): Fold<unknown> {
  const fold: Fold<Shopper> = {
    initial: () => ({ knownAt: undefined, shopping: noShopping() }),
    evolve(state, occurrence) {
      state.knownAt ??= occurrence.at
      shop(state.shopping, occurrence, versions)
      return state
    },
    advance: (state) => state,
    nextDue: () => undefined,
  }
  return fold as Fold<unknown>
}

/** The shopping days that count, each once, in ascending order, as local days numbered from 1970-01-01. */
export function shoppingDaysOf({ shopping }: Shopper): number[] {
  // A state that was folded from the whole history has its orders, and the days are in order already.
  const days = shopping.bought?.days ?? []
  return days.filter((day, index) => day !== days[index - 1])
}
