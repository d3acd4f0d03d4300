import { expect, test } from '@jest/globals'
import { fieldName, fieldPath } from './field-name.ts'

test.each([
  [[], ''],
  [['time'], 'time'],
  [['data', 'lines', 0, 'amount'], 'data.lines[0].amount'],
  [['tiers', 'levels', 11], 'tiers.levels[11]'],
])('the path %j is the field "%s"', (path, name) => {
  expect(fieldName(path)).toBe(name)
  expect(fieldPath(name)).toEqual(path)
})
