import { createRequire } from 'node:module'

// Jest brings it along; its own file is CommonJS.
const { default: Sequencer } = createRequire(import.meta.url)('@jest/test-sequencer')

/** Test files that take a minute or more. Begun last, each would leave the other processor idle for so long. */
const long = [
  'test/faults/',
  'test/property/rules-equal-reference',
  'test/end-to-end/real-histories',
  'test/end-to-end/mixtures',
  'test/end-to-end/fit',
  'test/end-to-end/real-programmes',
]

/** On a fresh clone Jest knows nothing of how long a file takes, and goes by its size. */
export default class LongestFirst extends Sequencer {
  async sort(tests) {
    const rank = ({ path }) => {
      const index = long.findIndex((part) => path.includes(part))
      return index === -1 ? long.length : index
    }
    return (await super.sort(tests)).toSorted((one, other) => rank(one) - rank(other))
  }
}
