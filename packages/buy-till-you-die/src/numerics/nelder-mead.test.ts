import { describe, expect, test } from '@jest/globals'
import { nelderMead } from './nelder-mead.ts'

const search = { step: 0.5, tolerance: 1e-8, evaluationsMax: 2_000 }
const valley = ([x, y]: readonly number[]) => (1 - (x as number)) ** 2 + 100 * ((y as number) - (x as number) ** 2) ** 2

describe('the downhill simplex', () => {
  test("comes down Rosenbrock's valley", () => {
    const found = nelderMead(valley, { ...search, start: [-1.2, 1] })
    expect(found.converged).toBe(true)
    expect(found.point[0]).toBeCloseTo(1, 6)
    expect(found.point[1]).toBeCloseTo(1, 6)
  })

  test('takes the same way twice', () => {
    expect(nelderMead(valley, { ...search, start: [-1.2, 1] })).toEqual(nelderMead(valley, { ...search, start: [-1.2, 1] }))
  })

  test('keeps away from where there is no value', () => {
    const found = nelderMead(([x]) => ((x as number) < 2 ? Number.NaN : (x as number) ** 2), { ...search, start: [5] })
    expect(found.point[0]).toBeCloseTo(2, 4)
  })

  test('gives up at its limit, and says so', () => {
    const found = nelderMead(([x]) => -(x as number), { ...search, evaluationsMax: 100, start: [0] })
    expect(found.converged).toBe(false)
    expect(found.evaluations).toBeLessThan(110)
  })
})
