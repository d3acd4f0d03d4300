import { types } from 'pg'

/**
 * Arrays as PostgreSQL sends them itself. As text, every quotation mark of a JSON document would have to be escaped here
 * and be looked for there, which was half of what a commit cost this process.
 */
export function texts(values: readonly (string | null | undefined)[]): Buffer {
  let size = headerBytes
  const sizes = values.map((value) => {
    const bytes = value === null || value === undefined ? isNull : Buffer.byteLength(value)
    size += 4 + Math.max(bytes, 0)
    return bytes
  })
  const buffer = Buffer.allocUnsafe(size)
  let offset = writeHeader(buffer, values.length, types.builtins.TEXT)
  for (const [index, bytes] of sizes.entries()) {
    offset = buffer.writeInt32BE(bytes, offset)
    if (bytes !== isNull) offset += buffer.write(values[index] as string, offset)
  }
  return buffer
}

/** Whole numbers below 2^53. */
export function bigints(values: readonly (number | null)[]): Buffer {
  const buffer = Buffer.allocUnsafe(headerBytes + values.length * 12)
  let offset = writeHeader(buffer, values.length, types.builtins.INT8)
  for (const value of values) {
    offset = buffer.writeInt32BE(value === null ? isNull : 8, offset)
    if (value !== null) offset = buffer.writeBigInt64BE(BigInt(value), offset)
  }
  return buffer.subarray(0, offset)
}

export function integers(values: readonly number[]): Buffer {
  const buffer = Buffer.allocUnsafe(headerBytes + values.length * 8)
  let offset = writeHeader(buffer, values.length, types.builtins.INT4)
  for (const value of values) offset = buffer.writeInt32BE(value, buffer.writeInt32BE(4, offset))
  return buffer
}

/** Where the length of a value stands: that there is none. */
const isNull = -1
/** Dimensions, whether there are nulls, type of the elements; length and first index of the one dimension. */
const headerBytes = 20

function writeHeader(buffer: Buffer, length: number, elementType: number): number {
  let offset = buffer.writeInt32BE(1, 0)
  offset = buffer.writeInt32BE(1, offset)
  offset = buffer.writeInt32BE(elementType, offset)
  offset = buffer.writeInt32BE(length, offset)
  return buffer.writeInt32BE(1, offset)
}
