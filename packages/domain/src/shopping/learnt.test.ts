import { expect, test } from '@jest/globals'
import { learnt } from './learnt.ts'

const model = (asOf: number, name: string) => ({ asOf, name })

test('what was learnt is in force from its own instant on, until the next', () => {
  const models = learnt([model(300, 'c'), model(100, 'a'), model(200, 'b')])
  expect([99, 100, 199, 200, 299, 300, 9_999].map((at) => models.inForce(at)?.name)).toEqual([undefined, 'a', 'a', 'b', 'b', 'c', 'c'])
  expect([0, 99, 100, 199, 200, 300].map((at) => models.nextChange(at))).toEqual([100, 100, 200, 200, 300, undefined])
})

test('of two of the same instant, the one that was recorded later counts', () => {
  const models = learnt([model(100, 'first'), model(100, 'second')])
  expect(models.inForce(100)?.name).toBe('second')
  expect(models.nextChange(100)).toBeUndefined()
})

test('before anything is learnt, nothing is in force', () => {
  const models = learnt<{ asOf: number }>([])
  expect(models.inForce(Number.MAX_SAFE_INTEGER)).toBeUndefined()
  expect(models.nextChange(Number.NEGATIVE_INFINITY)).toBeUndefined()
})
