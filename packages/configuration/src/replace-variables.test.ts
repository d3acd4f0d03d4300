// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how configuration files name variables
import { expect, test } from '@jest/globals'
import { replaceVariables } from './replace-variables.ts'

const environment = { NAME: 'ann', EMPTY: '', NESTED: '${NAME}' }

test.each([
  ['${NAME}', 'ann'],
  ['a ${NAME} and ${NAME}', 'a ann and ann'],
  ['${EMPTY}', ''],
  ['$${NAME}', '${NAME}'],
  ['$NAME, $$, {NAME}', '$NAME, $$, {NAME}'],
])('%s', (text, expected) => {
  expect(replaceVariables(text, environment)).toMatchObject({ text: expected })
})

test('what a variable holds is taken as it stands', () => {
  expect(replaceVariables('${NESTED}', environment)).toMatchObject({ text: '${NAME}' })
})

test('variables that are not there are named, each once', () => {
  expect(replaceVariables('${NAMES} ${OTHER} ${OTHER}', environment)).toEqual({
    fault: 'there is no environment variable NAMES; there is no environment variable OTHER',
  })
})

test.each(['${', '${NAME', '${1}', '${NAME:-x}', '${}'])('%s is no variable', (text) => {
  expect(replaceVariables(text, environment)).toMatchObject({ fault: expect.stringContaining('expected the name of a variable') })
})
