/** One key for a source and a name within it, whatever characters they have: lengths cannot be forged. */
export function nameInSource(source: string, name: string): string {
  return `${source.length}:${source}${name}`
}
