/** Jest in ESM mode; SWC strips the types, as Node.js itself does when the code runs. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{packages,services,test}/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } }],
  },
  // Jest keeps one core for itself otherwise, which on two cores is half of the machine.
  maxWorkers: '100%',
  setupFiles: ['<rootDir>/test/support/same-choices.ts'],
  testSequencer: '<rootDir>/test/support/longest-first.js',
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/test/support/closing-lines-reporter.js'],
}
