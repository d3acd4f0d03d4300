/** Ends a run with one line that people and programs can read, and the name of every test that was skipped. */
export default class ClosingLinesReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.testResults.flatMap(({ testResults }) =>
      testResults.filter(({ status }) => status === 'pending' || status === 'todo').map(({ fullName }) => fullName),
    )
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
    // Jest writes its own summary after all reporters: only at the exit can a line be the last.
    process.once('exit', () => {
      for (const name of skipped) console.log(`skipped: ${name}`)
      console.log(`${results.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped`)
    })
  }
}
