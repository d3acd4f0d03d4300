import { describe, expect, test } from '@jest/globals'
import { murmur2, partitionOf } from './partition.ts'

describe('partitions are those of Kafka', () => {
  // The vectors of Kafka's own UtilsTest.testMurmur2.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('murmur2 of %s', (text, hash) => {
    expect(murmur2(new TextEncoder().encode(text))).toBe(hash)
  })

  test('a member id of any script has a partition', () => {
    for (const id of ['m-1', '會員-12', '🙂', 'ä']) {
      expect(partitionOf(id)).toBeGreaterThanOrEqual(0)
      expect(partitionOf(id)).toBeLessThan(64)
    }
  })
})
