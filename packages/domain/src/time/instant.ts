/** Shows an instant as UTC to the millisecond: `2011-12-09T12:50:00.000Z`. */
export function formatInstant(instant: number): string {
  return new Date(instant).toISOString()
}
