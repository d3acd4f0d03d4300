import { diceOf } from '../../../../test/support/dice.ts'
import { historyOf, type Observation } from '../history.ts'
import type { MbgCnbdK } from '../mbg-cnbd-k.ts'
import type { ParetoNbd } from '../pareto-nbd.ts'

/** A customer drawn from a model: what can be seen at T, and what cannot. */
export interface Simulated {
  observation: Observation
  alive: boolean
  /** Purchases in (T, T + h]. */
  further: number
}

export interface Chance {
  /** Above 0 and below 1. */
  uniform(): number
  exponential(rate: number): number
  gamma(shape: number, rate: number): number
  beta(a: number, b: number): number
}

/** Random numbers from a seed. Gamma by Marsaglia & Tsang (2000), "A Simple Method for Generating Gamma Variables". */
export function chanceOf(seed: number): Chance {
  const dice = diceOf(seed)
  const uniform = () => (dice.number(2 ** 32) + 0.5) / 2 ** 32
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  const gamma = (shape: number): number => {
    if (shape < 1) return gamma(shape + 1) * Math.exp(Math.log(uniform()) / shape)
    const d = shape - 1 / 3
    for (;;) {
      const x = normal()
      const v = (1 + x / Math.sqrt(9 * d)) ** 3
      if (v > 0 && Math.log(uniform()) < x ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v
    }
  }
  return {
    uniform,
    exponential: (rate) => -Math.log(uniform()) / rate,
    gamma: (shape, rate) => gamma(shape) / rate,
    beta: (a, b) => {
      const one = gamma(a)
      return one / (one + gamma(b))
    },
  }
}

/** BG/NBD, MBG/NBD and MBG/CNBD-k as told in words: dropping out after the first purchase too, or after repeats only. */
export function simulateDropout(
  { k = 1, r, alpha, a, b }: Omit<MbgCnbdK, 'k'> & { k?: number },
  afterFirst: boolean,
  { T, h }: { T: number; h: number },
  chance: Chance,
): Simulated {
  const rate = chance.gamma(r, alpha)
  const p = chance.beta(a, b)
  const times = [0]
  let droppedOutAt = afterFirst && chance.uniform() < p ? 0 : Infinity
  for (let time = 0; droppedOutAt === Infinity; ) {
    for (let event = 0; event < k; event++) time += chance.exponential(rate)
    if (time > T + h) break
    times.push(time)
    if (chance.uniform() < p) droppedOutAt = time
  }
  return seenAt(T, times, droppedOutAt)
}

export function simulatePareto({ r, alpha, s, beta }: ParetoNbd, { T, h }: { T: number; h: number }, chance: Chance): Simulated {
  const rate = chance.gamma(r, alpha)
  const lifetime = chance.exponential(chance.gamma(s, beta))
  const times: number[] = []
  for (let time = 0; time <= Math.min(T + h, lifetime); time += chance.exponential(rate)) times.push(time)
  return seenAt(T, times, lifetime)
}

function seenAt(T: number, times: readonly number[], droppedOutAt: number): Simulated {
  return {
    observation: historyOf(times, T) as Observation,
    alive: droppedOutAt > T,
    further: times.filter((time) => time > T).length,
  }
}
