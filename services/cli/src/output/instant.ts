/** To the minute, as people read it: `2025-03-01 10:15`. In UTC, which the heading or the words around it say. */
export function toMinute(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ')
}
