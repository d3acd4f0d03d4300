/** `['data', 'lines', 0, 'amount']` is `data.lines[0].amount`. */
export function fieldName(path: readonly PropertyKey[]): string {
  let name = ''
  for (const part of path) {
    if (typeof part === 'number') name += `[${part}]`
    else name += name === '' ? String(part) : `.${String(part)}`
  }
  return name
}

/** The path that `fieldName` names, where no part has a dot or a bracket in it. */
export function fieldPath(name: string): (string | number)[] {
  return [...name.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([part, index]) => (index === undefined ? part : Number(index)))
}
