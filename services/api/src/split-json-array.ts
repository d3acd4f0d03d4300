const quote = 0x22
const backslash = 0x5c
const comma = 0x2c

/**
 * The JSON text of each element of an array, exactly as it was sent: parsing and writing it again would change
 * numbers such as 1.0 and drop repeated keys.
 *
 * @param text valid JSON of an array; anything else gives nonsense
 */
export function splitJsonArray(text: string): string[] {
  const elements: string[] = []
  let depth = 0
  let start = text.indexOf('[') + 1
  for (let index = start - 1; index < text.length; index++) {
    const character = text.charCodeAt(index)
    if (character === quote) {
      index = endOfString(text, index)
    } else if (character === 0x5b || character === 0x7b) {
      depth++
    } else if (character === 0x5d || character === 0x7d) {
      depth--
      if (depth === 0) {
        const element = text.slice(start, index).trim()
        if (element !== '' || elements.length > 0) elements.push(element)
        return elements
      }
    } else if (character === comma && depth === 1) {
      elements.push(text.slice(start, index).trim())
      start = index + 1
    }
  }
  return elements
}

/** Where the string that begins at `start` ends: at the first quote with an even number of backslashes before it. */
function endOfString(text: string, start: number): number {
  let end = start
  for (;;) {
    end = text.indexOf('"', end + 1)
    let before = end - 1
    while (text.charCodeAt(before) === backslash) before--
    if ((end - before) % 2 === 1) return end
  }
}
