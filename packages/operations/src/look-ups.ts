import { PerennialError } from '@perennial/contracts'

/**
 * Asks a store something, and waits for the answer only so long. While a question has not been answered, whoever asks it
 * again waits for the same answer: a store that hangs is not asked once more by every scrape.
 *
 * @throws PerennialError `store-unavailable` when no answer came in time; else what the question throws
 */
export type LookUp = <T>(question: string, ask: () => Promise<T>) => Promise<T>

/** How long a store may take to answer. */
const answerMsDefault = 2_000
/** After so many times that, an answer is taken to be lost for good, and the question is asked anew. */
const lostAfter = 15

interface Open {
  answer: Promise<unknown>
  askedAt: number
}

export function createLookUps(answerMs: number = answerMsDefault): LookUp {
  const open = new Map<string, Open>()

  function answerTo<T>(question: string, ask: () => Promise<T>): Promise<T> {
    const before = open.get(question)
    // Of one question there is one kind of answer.
    if (before && performance.now() - before.askedAt < answerMs * lostAfter) return before.answer as Promise<T>
    const answer = ask()
    const now = { answer, askedAt: performance.now() }
    open.set(question, now)
    const close = () => {
      if (open.get(question) === now) open.delete(question)
    }
    answer.then(close, close)
    return answer
  }

  return async (question, ask) => {
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(unanswered(question, answerMs)), answerMs)
    })
    try {
      return await Promise.race([answerTo(question, ask), tooLate])
    } finally {
      clearTimeout(timer)
    }
  }
}

function unanswered(question: string, answerMs: number): PerennialError {
  return new PerennialError('store-unavailable', { where: question, message: `It did not answer within ${answerMs / 1000} s.` })
}
