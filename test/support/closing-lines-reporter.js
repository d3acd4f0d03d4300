/** Ends a run with one line that people and programs can read, and the name of every test that was skipped. */
export default class ClosingLinesReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.testResults.flatMap(({ testResults }) =>
      testResults.filter(({ status }) => status === 'pending' || status === 'todo').map(({ fullName }) => fullName),
    )
    for (const name of skipped) console.log(`skipped: ${name}`)
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
    console.log(`${results.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped`)
  }
}
