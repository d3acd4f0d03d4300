/** The answer of a command, for a program or for a person. */
export function answer(json: boolean, value: unknown, text: () => string): void {
  console.log(json ? JSON.stringify(value, null, 2) : text())
}
