import { describe, expect, test } from '@jest/globals'
import { decisionRequests } from './decisions.ts'

describe('what can be asked for', () => {
  const words = { reason: 'goodwill', by: 'kim' }

  test.each([1, 1e12, -1e12])('%d points, given or taken by hand', (points) => {
    expect(decisionRequests.adjust.safeParse({ points, ...words }).success).toBe(true)
  })

  test.each([0, 0.5, 1e12 + 1, -1e12 - 1, Number.MAX_SAFE_INTEGER])('never %d: the log could not be mended of it', (points) => {
    expect(decisionRequests.adjust.safeParse({ points, ...words }).success).toBe(false)
  })

  test.each([0, -1, 1e12 + 1])('nobody redeems, holds or gives away %d', (points) => {
    expect(decisionRequests.redeem.safeParse({ points }).success).toBe(false)
    expect(decisionRequests.hold.safeParse({ points }).success).toBe(false)
    expect(decisionRequests.transfer.safeParse({ to: 'bob', points }).success).toBe(false)
  })
})
