import type { Command } from 'commander'
import { addKeyOption, decideAndTell, readFields } from '../decide.ts'
import { describeDecided } from '../output/describe-decision.ts'

interface Options {
  until?: string
  reason?: string
  by?: string
}

export function tierCommand(program: Command): void {
  const tier = program.command('tier').description('tiers by hand')
  const grant = tier
    .command('grant')
    .description('let the tier be at least this one until then')
    .argument('<member>', 'member id')
    .argument('<tier>', 'a level of the programme')
    .requiredOption('--until <when>', 'the last day, or an instant')
    .requiredOption('--reason <code>', 'a code word such as goodwill')
    .requiredOption('--by <who>', 'id of the person who decides')
  addKeyOption(grant).action(async (member: string, level: string, { until, reason, by }: Options, command: Command) => {
    const request = readFields('grantTier', { tier: level, until, reason, by })
    await decideAndTell(command, (decisions, key) => decisions.decide(member, key, { command: 'grant-tier', ...request }), describeDecided)
  })
}
