import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { describeWith } from '../../../test/end-to-end/support/real-data.ts'
import { cdnowMasterFile, cdnowSampleFile } from '../src/testing/cdnow.ts'

/** In a process of its own: under the test runner, every use of Math is many times slower. */
function run(script: string, ...args: string[]) {
  return spawnSync(process.execPath, [join(import.meta.dirname, script), ...args], { encoding: 'utf8' })
}

describeWith(cdnowSampleFile, 'the holdout', () => {
  test('is in the documentation as the models have it', () => {
    const { status, stderr } = run('holdout.ts', '--check')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})

const missing = [cdnowSampleFile, cdnowMasterFile].find((file) => !existsSync(file))

describeWith(missing ?? cdnowMasterFile, 'a fit', () => {
  test('takes less than 1 s of one core on the CDNOW sample, and less than 5 s on all of CDNOW', () => {
    const { stdout, stderr } = run('fit-speed.ts')
    expect(stderr).toBe('')
    const [sample, master] = JSON.parse(stdout) as [Measured, Measured]
    expect([sample.customers, master.customers]).toEqual([2_357, 23_570])
    for (const milliseconds of Object.values(sample.milliseconds)) expect(milliseconds).toBeLessThan(1_000)
    for (const milliseconds of Object.values(master.milliseconds)) expect(milliseconds).toBeLessThan(5_000)
  })
})

interface Measured {
  customers: number
  milliseconds: Record<string, number>
}
