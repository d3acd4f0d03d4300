import { expect, test } from '@jest/globals'
import { z } from 'zod'
import { plainMessage } from './plain-message.ts'

test.each([
  [z.array(z.string()).min(1), [], 'expected at least 1 items'],
  [z.array(z.string()).max(1), ['a', 'b'], 'expected at most 1 items'],
  [z.string().min(1), '', 'expected at least 1 characters'],
  [z.number().positive(), 0, 'expected more than 0'],
  [z.number().lt(1), 2, 'expected less than 1'],
  [z.string(), 7, 'expected string'],
  [z.string({ error: 'expected a word' }), 7, 'expected a word'],
])('what a schema expects is said plainly', (schema, value, message) => {
  expect(schema.safeParse(value).error?.issues.map((issue) => plainMessage(issue.message))).toEqual([message])
})
