import { describe, expect, test } from '@jest/globals'
import { describeError, errorCodes, PerennialError } from './errors.ts'

describe('every error tells a person what is wrong and what to do next', () => {
  test.each(errorCodes)('%s', (code) => {
    const { status, sentence, next } = describeError(code)
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThanOrEqual(599)
    expect(sentence).toMatch(/^[A-Z].+\.$/)
    expect(next).toMatch(/^[A-Z].+[.a-z]$/)
  })

  test('two errors never say the same', () => {
    const sentences = errorCodes.map((code) => describeError(code).sentence)
    expect(new Set(sentences).size).toBe(sentences.length)
  })

  test('an error carries its code, place, faults, status, next step and cause', () => {
    const cause = new Error('disk')
    const faults = [{ field: 'data.lines[0].amount', message: 'expected more' }]
    const error = new PerennialError('wrong-revision', { where: 'member-ann', message: 'Found 3.', faults, cause })
    expect(error).toMatchObject({ name: 'PerennialError', code: 'wrong-revision', where: 'member-ann', faults, status: 409, cause })
    expect(error.message).toBe('The stream has moved on since it was read. Found 3.')
    expect(error.next).toBe(describeError('wrong-revision').next)
  })

  test('an error without details is its sentence', () => {
    const error = new PerennialError('sum-too-large')
    expect(error.message).toBe(describeError('sum-too-large').sentence)
    expect(error.faults).toEqual([])
    expect(error.where).toBeUndefined()
  })
})
