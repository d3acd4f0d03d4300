/** Does one piece of work at a time, in the order in which it is asked for. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

export function oneAfterTheOther(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }
}
