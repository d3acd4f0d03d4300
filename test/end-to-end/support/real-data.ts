import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from '@jest/globals'

/** Beside the repository, never in it. */
const data = join(import.meta.dirname, '../../../../shared/data')

export const onlineRetailFile = join(data, 'online-retail.csv.gz')
export const cdnowFile = join(data, 'cdnow-master.txt.gz')

/** Tests on a real file: skipped where it is missing, but failed where PERENNIAL_REQUIRE_DATA=1 says that it is there. */
export function describeWith(file: string, name: string, tests: () => void): void {
  const required = process.env.PERENNIAL_REQUIRE_DATA === '1'
  ;(required || existsSync(file) ? describe : describe.skip)(`${name}, from ../shared/data`, tests)
}
