import { partitionCount } from './topics.ts'

const encoder = new TextEncoder()

/**
 * Kafka's own murmur2 (`org.apache.kafka.common.utils.Utils.murmur2`), so that members are partitioned here as
 * Kafka's default partitioner partitions their messages.
 */
export function murmur2(bytes: Uint8Array): number {
  const m = 0x5bd1e995
  const { length } = bytes
  let h = 0x9747b28c ^ length
  const whole = length & ~3
  for (let i = 0; i < whole; i += 4) {
    let k = (bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    k = Math.imul(k, m)
    h = Math.imul(h, m) ^ k
  }
  const rest = length & 3
  if (rest === 3) h ^= (bytes[whole + 2] as number) << 16
  if (rest >= 2) h ^= (bytes[whole + 1] as number) << 8
  if (rest >= 1) {
    h ^= bytes[whole] as number
    h = Math.imul(h, m)
  }
  h ^= h >>> 13
  h = Math.imul(h, m)
  return h ^ (h >>> 15)
}

/** The partition of a member id or message key, 0 to 63. */
export function partitionOf(key: string): number {
  return (murmur2(encoder.encode(key)) & 0x7fffffff) % partitionCount
}
