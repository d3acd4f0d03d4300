import { describeOrigin, hideSecrets, type ResolvedConfiguration } from '@perennial/configuration'
import { PerennialError } from '@perennial/contracts'
import { probe } from '@perennial/engine'
import type { Command } from 'commander'
import { configurationOf, globalOptions } from '../context.ts'
import { describeConfiguration, shownValue } from '../output/describe-configuration.ts'
import { answer } from '../output/print.ts'
import { table } from '../output/table.ts'

export function configCommand(program: Command): void {
  program
    .command('config')
    .description('what is configured, and where each value comes from; passwords are never shown')
    .option('--check', 'connect to every server too, and say which can be used')
    .action(async (_options: unknown, command: Command) => {
      const { json = false, ...options } = globalOptions(command)
      const resolved = await configurationOf(options)
      const servers = command.opts<{ check?: boolean }>().check ? await checkServers(resolved) : undefined
      answer(json, { ...toJson(resolved), ...(servers && { servers }) }, () =>
        [describeConfiguration(resolved), ...(servers ? ['', describeServers(servers, resolved)] : [])].join('\n'),
      )
      const failed = servers?.filter(({ ok }) => !ok) ?? []
      if (failed.length > 0) {
        throw new PerennialError('servers-not-usable', { faults: failed.map(({ part, detail }) => ({ field: part, message: detail })) })
      }
    })
}

type Server = Awaited<ReturnType<typeof probe>>[number]

async function checkServers({ configuration }: ResolvedConfiguration): Promise<Server[]> {
  const servers = await probe(configuration)
  return servers.map((server) => ({ ...server, address: hideSecrets(configuration[server.part] ?? '') }))
}

function describeServers(servers: readonly Server[], { configuration }: ResolvedConfiguration): string {
  if (servers.length === 0) return `There is no server to connect to: everything is kept in ${configuration.data}.`
  return table(
    ['part', 'address', '', ''],
    servers.map(({ part, address, ok, detail }) => [part, address, ok ? 'reached' : 'failed', detail]),
  )
}

function toJson(resolved: ResolvedConfiguration) {
  return {
    file: resolved.file ?? null,
    values: resolved.values.map((each) => ({
      field: each.field.name,
      variable: each.field.variable,
      value: shownValue(each) ?? null,
      from: describeOrigin(each.origin),
    })),
  }
}
