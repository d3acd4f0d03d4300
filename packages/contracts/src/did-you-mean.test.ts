import { describe, expect, test } from '@jest/globals'
import { didYouMean, meant, orList } from './did-you-mean.ts'

describe('the word that was probably meant', () => {
  test.each([
    ['categroy', 'category'],
    ['timezone', 'timeZone'],
    ['activty', 'activity'],
  ])('%s is %s', (word, expected) => {
    expect(meant(word, ['category', 'timeZone', 'activity'])).toBe(expected)
  })

  test.each(['colour', 'on', ''])('"%s" is nothing like any of them', (word) => {
    expect(meant(word, ['category', 'timeZone', 'at'])).toBeUndefined()
  })

  test('is nothing where there are no words', () => {
    expect(didYouMean('a', [])).toBe('')
  })
})

test('a list of words reads like a sentence', () => {
  expect([orList([]), orList(['a']), orList(['a', 'b']), orList(['a', 'b', 'c'])]).toEqual(['', 'a', 'a or b', 'a, b or c'])
})
