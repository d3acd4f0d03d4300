import { closest, distance } from 'fastest-levenshtein'

/** The word of a list that was probably meant; undefined where none is near. */
export function meant(word: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined
  const lower = words.map((other) => other.toLowerCase())
  const nearest = closest(word.toLowerCase(), lower)
  const far = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3))
  return distance(word.toLowerCase(), nearest) <= far ? words[lower.indexOf(nearest)] : undefined
}

/** `; did you mean half-up?`, or nothing. */
export function didYouMean(word: string, words: readonly string[]): string {
  const probably = meant(word, words)
  return probably === undefined ? '' : `; did you mean ${probably}?`
}

/** `a`, `a or b`, `a, b or c`. */
export function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
