/** Fields of rows that are sentences for people, by read model. */
const sentences: Readonly<Record<string, string>> = { lifecycle: 'because', 'churn-risk': 'drivers' }

/**
 * A row without its sentences, whose wording is nobody's promise. But they must be there: a row that has none, or an
 * empty one, keeps the field, and so equals nothing. Of a member without a shopping day there is nothing to say of risk.
 */
export function withoutSentences<Row extends object>(model: string, row: Row | undefined): Row | undefined {
  const field = sentences[model]
  if (!row || field === undefined) return row
  const { [field]: told, ...rest } = row as Record<string, unknown>
  const needed = field === 'because' || (rest.shoppingDays as number) > 0
  const all: readonly unknown[] = Array.isArray(told) ? told : [told]
  const isTold = all.every((sentence) => typeof sentence === 'string' && sentence.trim() !== '')
  return isTold && (all.length > 0 || !needed) ? (rest as Row) : row
}
