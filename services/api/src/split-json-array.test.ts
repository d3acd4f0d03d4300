import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { splitJsonArray } from './split-json-array.ts'

test('the pieces of any array are the elements, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue({ maxDepth: 4 })), fc.nat(3), (elements, indent) => {
      const pieces = splitJsonArray(JSON.stringify(elements, null, indent))
      expect(pieces.map((piece) => JSON.parse(piece))).toEqual(JSON.parse(JSON.stringify(elements)))
    }),
    { numRuns: 500 },
  )
})

test('the text of an element stays as it was sent', () => {
  expect(splitJsonArray(' [ {"a" : 1.0, "a":2} ,"\\\\", "],\\"[" , [ 1 , 2 ] ] ')).toEqual([
    '{"a" : 1.0, "a":2}',
    '"\\\\"',
    '"],\\"["',
    '[ 1 , 2 ]',
  ])
})

test('an empty array has no pieces', () => {
  expect(splitJsonArray('[]')).toEqual([])
  expect(splitJsonArray(' [ \n ] ')).toEqual([])
})
