/** 0.25 is `25%`. */
export function percent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)}%`
}
