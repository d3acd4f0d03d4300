const comparisons: Readonly<Record<string, string>> = { '>=': 'at least ', '>': 'more than ', '<=': 'at most ', '<': 'less than ' }

/** What a schema expected, in our words: "Too small: expected array to have >=1 items" is "expected at least 1 items". */
export function plainMessage(message: string): string {
  return message
    .replace(/^Invalid input: /, '')
    .replace(/^Too (?:small|big): expected \w+ to (?:be|have) (>=?|<=?)/, (_, comparison: string) => `expected ${comparisons[comparison]}`)
    .replace(/, received .*$/, '')
}
