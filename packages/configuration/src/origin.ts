/** Where a value comes from. */
export type Origin =
  | { by: 'default' }
  | { by: 'file'; file: string; line: number }
  | { by: 'variable'; name: string }
  | { by: 'flag'; name: string }

/** `default`, `perennial.yaml:3`, `PERENNIAL_BUS` or `--data`. */
export function describeOrigin(origin: Origin): string {
  if (origin.by === 'default') return 'default'
  return origin.by === 'file' ? `${origin.file}:${origin.line}` : origin.name
}
