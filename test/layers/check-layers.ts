import { join } from 'node:path'
import { findViolations } from './find-violations.ts'

const violations = findViolations(join(import.meta.dirname, '../..'))
for (const { file, line, message } of violations) console.error(`${file}:${line}: ${message}`)
console.log(violations.length === 0 ? 'Layers: every import goes one way.' : `Layers: ${violations.length} imports are not allowed.`)
process.exitCode = violations.length === 0 ? 0 : 1
