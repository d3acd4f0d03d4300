/** A part of the engine that runs on its own: alone in a process, or beside the others in one. */
export interface Service {
  readonly name: string
  /** Works until `signal` aborts, then finishes what it has begun. Rejects when it cannot go on. */
  run(signal: AbortSignal): Promise<void>
  /** Works until there is nothing left to do. */
  drain(signal?: AbortSignal): Promise<void>
}
