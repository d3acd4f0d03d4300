import { expect, test } from '@jest/globals'
import { dayMs } from '../time/calendar.ts'
import { daysInWords, spanInWords } from './in-words.ts'

test.each([
  [0, '0 days'],
  [0.04, '0 days'],
  [1, '1 day'],
  [1.04, '1 day'],
  [2.54, '2.5 days'],
  [2.96, '3 days'],
  [4.906, '5 days'],
  [44.6, '45 days'],
])('%d is said as %s', (days, words) => {
  expect(daysInWords(days)).toBe(words)
})

test.each([
  [0.5, '0.5 days'],
  [59, '59 days'],
  [61, '2 months'],
  [400, '13 months'],
  [740, '2 years'],
])('a span of %d days is said as %s', (days, words) => {
  expect(spanInWords(days * dayMs)).toBe(words)
})
