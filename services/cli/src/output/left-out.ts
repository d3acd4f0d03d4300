/** What a report does not count; nothing where it counts all. */
export function describeLeftOut(leftOut: number): string[] {
  return leftOut === 0 ? [] : [`Left out, because an event of theirs cannot be folded: ${leftOut}; perennial parked list shows them.`]
}
