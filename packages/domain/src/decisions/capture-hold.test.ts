import { describe, test } from '@jest/globals'
import { bought, decided } from '../testing/given.ts'
import { given } from './testing/when-asked.ts'

const hundred = bought('2025-01-10', 'o1', '100.00')
const held = decided('2025-02-01', 'h1', 'PointsHeld', {
  points: 60,
  lapsesAt: '2025-02-01T12:30:00.000Z',
  worth: 30,
  currency: 'GBP',
})
const soon = '2025-02-01T12:10:00Z'

describe('a hold that is captured', () => {
  test('pays what was said when it was made', () => {
    given(hundred, held)
      .whenAsked({ command: 'capture', hold: 'h1' }, soon)
      .decides('HoldCaptured', { hold: 'h1', points: 60, worth: 30, currency: 'GBP' })
  })

  test('may be captured in part, where the part pays a whole amount', () => {
    given(hundred, held)
      .whenAsked({ command: 'capture', hold: 'h1', points: 20 }, soon)
      .decides('HoldCaptured', { hold: 'h1', points: 20, worth: 10, currency: 'GBP' })
    given(hundred, held).whenAsked({ command: 'capture', hold: 'h1', points: 21 }, soon).refuses('points-not-in-blocks', '2 points')
  })

  test('gives no more than it holds', () => {
    given(hundred, held).whenAsked({ command: 'capture', hold: 'h1', points: 62 }, soon).refuses('points-missing', '60 points')
  })

  test('is unknown under another id', () => {
    given(hundred, held).whenAsked({ command: 'capture', hold: 'h2' }, soon).refuses('hold-unknown', '"h2"')
    given(hundred, held).whenAsked({ command: 'release', hold: 'o1' }, soon).refuses('hold-unknown')
  })

  test.each([
    ['captured', decided('2025-02-01T12:05:00Z', 'c1', 'HoldCaptured', { hold: 'h1', points: 20 })],
    ['released', decided('2025-02-01T12:05:00Z', 'r1', 'HoldReleased', { hold: 'h1' })],
  ])('is over once it was %s', (_, ended) => {
    given(hundred, held, ended).whenAsked({ command: 'capture', hold: 'h1' }, soon).refuses('hold-over')
    given(hundred, held, ended).whenAsked({ command: 'release', hold: 'h1' }, soon).refuses('hold-over')
  })

  test('is over at the very instant at which it lapses', () => {
    given(hundred, held)
      .whenAsked({ command: 'capture', hold: 'h1', points: 60 }, '2025-02-01T12:29:59.999Z')
      .decides('HoldCaptured', { hold: 'h1', points: 60, worth: 30, currency: 'GBP' })
    given(hundred, held).whenAsked({ command: 'capture', hold: 'h1' }, '2025-02-01T12:30:00Z').refuses('hold-over')
    given(hundred, held).whenAsked({ command: 'release', hold: 'h1' }, '2025-02-01T12:30:00Z').refuses('hold-over')
  })
})

test('a hold that is released gives all of it back', () => {
  given(hundred, held).whenAsked({ command: 'release', hold: 'h1' }, soon).decides('HoldReleased', { hold: 'h1' })
})
