import { randomUUID } from 'node:crypto'
import { type DecisionRequests, decisionKeySchema, decisionRequests, fieldName, PerennialError } from '@perennial/contracts'
import { createDecisions, type Decisions } from '@perennial/decisions'
import type { Command } from 'commander'
import { type Context, globalOptions, withEngine } from './context.ts'
import { answer } from './output/print.ts'
import { drainWithProgress } from './publish-events.ts'

/** How a field of a request is called on the command line. */
export type OptionNames = Readonly<Record<string, string>>

const optionNames: OptionNames = {
  orderId: '--order',
  orderAmount: '--order-amount',
  lapsesIn: '--lapses-in',
  reason: '--reason',
  by: '--by',
  until: '--until',
}

/** Every decision can be repeated safely under its key: a script that does not know what became of it runs it again. */
export function addKeyOption(command: Command): Command {
  return command.option('--key <key>', 'names the decision; under the same key it is made once (a new one without it)')
}

/**
 * Makes a decision and brings it to the read models.
 * @throws PerennialError what speaks against it; `usage` for a key that is none
 */
export async function decideAndTell<Answer>(
  command: Command,
  decide: (decisions: Decisions, key: string) => Promise<Answer>,
  describe: (answer: Answer) => string,
): Promise<void> {
  const { key = randomUUID() } = command.opts<{ key?: string }>()
  if (!decisionKeySchema.safeParse(key).success) {
    throw new PerennialError('usage', { where: '--key', message: 'Expected 1 to 128 visible characters without blanks.' })
  }
  await withDecisions(command, async (decisions, { engine, json, signal }) => {
    const made = await decide(decisions, key)
    await drainWithProgress(engine, signal)
    answer(json, made, () => describe(made))
  })
}

export async function withDecisions(command: Command, work: (decisions: Decisions, context: Context) => Promise<void>): Promise<void> {
  await withEngine({ ...globalOptions(command), mustExist: true }, (context) => work(createDecisions(context.engine), context))
}

/**
 * Reads what was given on the command line with the schema of the HTTP request, so that both take the same.
 * @throws PerennialError `usage` naming the option or argument
 */
export function readFields<Name extends keyof DecisionRequests>(name: Name, fields: Record<string, unknown>): DecisionRequests[Name] {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  const result = decisionRequests[name].safeParse(given)
  if (result.success) return result.data as DecisionRequests[Name]
  const [issue] = result.error.issues
  const field = fieldName(issue?.path ?? [])
  throw new PerennialError('usage', { where: optionNames[field] ?? `<${field}>`, message: `${upperFirst(issue?.message ?? '')}.` })
}

/** Text that is no number is left as it is: the schema says what is wrong with it. */
export function numberOf(text: string | undefined): number | string | undefined {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : text
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
