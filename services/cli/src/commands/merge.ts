import type { Command } from 'commander'
import { addKeyOption, decideAndTell, readFields } from '../decide.ts'
import { describeDecided } from '../output/describe-decision.ts'

interface Options {
  reason?: string
  by?: string
}

/** `merge` and `unmerge`. */
export function mergeCommands(program: Command): void {
  const merge = program
    .command('merge')
    .description('two accounts are one person: the history of the first counts for the second')
    .argument('<from>', 'member id, which is merged away')
    .argument('<into>', 'member id')
  addWho(merge).action(async (from: string, into: string, { by, reason }: Options, command: Command) => {
    const { from: away, ...request } = readFields('merge', { from, into, by, reason })
    await decideAndTell(command, (decisions, key) => decisions.decide(away, key, { command: 'merge', ...request }), describeDecided)
  })

  const unmerge = program
    .command('unmerge')
    .description('undo a merge: each has its own history again')
    .argument('<from>', 'member id, which was merged away')
    .argument('<merge>', 'the key of the merge')
  addWho(unmerge).action(async (from: string, merge: string, { by, reason }: Options, command: Command) => {
    const { from: away, ...request } = readFields('undoMerge', { from, by, reason })
    const decide = { command: 'undo-merge', merge, ...request } as const
    await decideAndTell(command, (decisions, key) => decisions.decide(away, key, decide), describeDecided)
  })
}

function addWho(command: Command): Command {
  return addKeyOption(command)
    .requiredOption('--by <who>', 'id of the person who decides')
    .option('--reason <code>', 'a code word such as same-person')
}
