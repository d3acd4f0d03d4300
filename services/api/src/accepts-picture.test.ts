import { expect, test } from '@jest/globals'
import { acceptsPicture } from './accepts-picture.ts'

test.each([
  ['image/svg+xml', true],
  ['IMAGE/SVG+XML; charset=utf-8', true],
  ['image/avif,image/svg+xml,*/*;q=0.5', true],
  ['application/json;q=0.5, image/svg+xml;q=0.9', true],
  ['image/svg+xml, */*', true],
  ['image/*, */*;q=0.8', true],
  ['image/*', true],
  ['application/json;q=0, */*;q=0.1', true],
])('who accepts %s gets the picture', (accept, expected) => {
  expect(acceptsPicture(accept)).toBe(expected)
})

test.each([
  [undefined],
  [''],
  ['*/*'],
  ['application/json'],
  ['application/json, image/svg+xml;q=0.5'],
  ['application/json, image/svg+xml ; Q = 0.5'],
  ['image/svg+xml;q=0.9,application/*'],
  ['image/svg+xml, application/json'],
  ['image/svg+xml;q=0'],
  ['image/svg+xml;q=0, image/*'],
  ['image/svg+xml;q=much, */*;q=0.1'],
  ['image/svg+xmlish'],
  ['text/html'],
])('who accepts %s gets JSON', (accept) => {
  expect(acceptsPicture(accept)).toBe(false)
})
