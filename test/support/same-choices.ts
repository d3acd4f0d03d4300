import fc from 'fast-check'
import { seed } from './property.ts'

/** Runs before every test file: fast-check would otherwise begin with the clock wherever a test names no seed of its own. */
fc.configureGlobal({ seed })
