/** Does it once for all who ask; when it fails, the next one who asks tries again. */
export function untilItWorks(work: () => Promise<void>): () => Promise<void> {
  let underway: Promise<void> | undefined
  return () => {
    underway ??= work().catch((error: unknown) => {
      underway = undefined
      throw error
    })
    return underway
  }
}
