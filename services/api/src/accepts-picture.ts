const picture = 'image/svg+xml'
const json = 'application/json'

/**
 * Whether who asks would rather have the picture, by the weights of the header `Accept` (RFC 9110, section 12.5.1). Of
 * two with the same weight it is the one that is named more exactly, or else JSON.
 */
export function acceptsPicture(accept: string | undefined): boolean {
  if (accept === undefined) return false
  const ranges = accept.split(',').map(readRange)
  const [drawn, data] = [weigh(ranges, picture), weigh(ranges, json)]
  if (drawn.quality === 0) return false
  return drawn.quality > data.quality || (drawn.quality === data.quality && drawn.exactness > data.exactness)
}

interface Range {
  name: string
  /** From 0, not acceptable, to 1. */
  quality: number
}

function readRange(text: string): Range {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))
  const quality = weight === undefined ? 1 : Number(weight.slice(weight.indexOf('=') + 1))
  // What is no weight says nothing of what is wanted.
  return { name, quality: quality >= 0 && quality <= 1 ? quality : 0 }
}

/** The most exact range that covers the type is the one that counts. */
function weigh(ranges: readonly Range[], type: string): { quality: number; exactness: number } {
  const covering = ['*/*', `${type.slice(0, type.indexOf('/'))}/*`, type]
  for (let exactness = covering.length; exactness > 0; exactness--) {
    const found = ranges.filter(({ name }) => name === covering[exactness - 1])
    if (found.length > 0) return { exactness, quality: Math.max(...found.map(({ quality }) => quality)) }
  }
  return { exactness: 0, quality: 0 }
}
