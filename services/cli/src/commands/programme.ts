import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import {
  didYouMean,
  orList,
  PerennialError,
  type Programme,
  programmeSchemaFile,
  sampleProgrammeFile,
  sampleProgrammes,
} from '@perennial/contracts'
import { formatInstant, programmeVersions } from '@perennial/domain'
import { publishedProgrammes, publishProgramme } from '@perennial/event-store'
import { compareProgrammes, loadProgrammes, type ProgrammeComparison } from '@perennial/projector'
import type { Command } from 'commander'
import { type Context, globalOptions, withEngine } from '../context.ts'
import { describeExamples } from '../output/describe-examples.ts'
import { describeProgramme } from '../output/describe-programme.ts'
import { answer } from '../output/print.ts'
import { progress } from '../output/progress.ts'
import { count } from '../output/table.ts'
import { drainWithProgress } from '../publish-events.ts'
import { exampleFaults, readProgramme, tryProgramme } from '../read-programme.ts'

export function programmeCommand(program: Command): void {
  const programme = program.command('programme').description('the rules: check a file, show what a member gets, publish a version')

  programme
    .command('check')
    .description('say everything that is wrong with a programme file, and try its examples')
    .argument('<file>', 'YAML file')
    .action((file: string, _options: unknown, command: Command) => check(file, globalOptions(command).json === true))

  programme
    .command('show')
    .description('what a member gets, in plain words: of a file, or of the versions that were published')
    .argument('[file]', 'YAML file; the published versions without one')
    .action(async (file: string | undefined, _options: unknown, command: Command) => {
      const options = globalOptions(command)
      if (file !== undefined) {
        const { programme: shown } = readProgramme(file)
        answer(options.json === true, [shown], () => describeProgramme(shown))
        return
      }
      await withEngine({ ...options, mustExist: true }, async ({ engine, json }) => {
        const programmes = (await loadProgrammes(engine.eventStore)).all.map((rules) => rules.programme)
        answer(json, programmes, () => programmes.map(describeProgramme).join('\n\n'))
      })
    })

  programme
    .command('sample')
    .description(`print a commented programme to begin with: ${orList(sampleProgrammes)}`)
    .argument('<name>')
    .action((name: string, _options: unknown, command: Command) => printSample(name, globalOptions(command).json === true))

  programme
    .command('publish')
    .description('put a version in force from its first day on')
    .argument('<file>', 'YAML file')
    .option('--retroactive', 'also when that day has passed, which changes what members have already')
    .option('--dry-run', 'only say how many members would change')
    .action(async (file: string, _options: unknown, command: Command) => {
      const { retroactive = false, dryRun = false } = command.opts<{ retroactive?: boolean; dryRun?: boolean }>()
      const { programme: next } = tryProgramme(file)
      await withEngine(globalOptions(command), (context) => publish(context, file, next, { retroactive, dryRun }))
    })
}

function check(file: string, json: boolean): void {
  const read = readProgramme(file)
  const { programme } = read
  const { examples, faults } = exampleFaults(read)
  answer(json, { valid: faults.length === 0, programme, examples }, () =>
    faults.length > 0
      ? describeExamples(examples.filter(({ holds }) => !holds))
      : `${file}: ${programme.programme}, version ${programme.version}, is in order${examples.length > 0 ? `; ${count(examples.length)} examples hold` : ''}.`,
  )
  if (faults.length > 0) throw new PerennialError('programme-example', { where: file, faults })
}

/** The path of the schema, for editors, is that from the directory in which the command runs. */
function printSample(name: string, json: boolean): void {
  const sample = sampleProgrammes.find((known) => known === name)
  if (!sample) {
    const message = `There is no sample "${name}"; there are ${sampleProgrammes.join(', ')}${didYouMean(name, sampleProgrammes)}`
    throw new PerennialError('usage', { where: 'sample', message })
  }
  const schema = relative(process.cwd(), fileURLToPath(programmeSchemaFile))
  const yaml = readFileSync(sampleProgrammeFile(sample), 'utf8').replace(/\$schema=.*/, `$schema=${schema}`)
  answer(json, { name: sample, yaml }, () => yaml.trimEnd())
}

async function publish(
  { engine, json, signal }: Context,
  file: string,
  next: Programme,
  how: { retroactive: boolean; dryRun: boolean },
): Promise<void> {
  const { eventStore, clock } = engine
  const published = (await publishedProgrammes(eventStore)).map(({ programme }) => programme)
  const same = published.find(({ programme, version }) => programme === next.programme && version === next.version)
  if (same && isDeepStrictEqual(same, next)) {
    answer(
      json,
      { published: false, programme: next },
      () => `${next.programme}, version ${next.version}, was published before; nothing changes.`,
    )
    return
  }
  const last = Math.max(0, ...published.map(({ version }) => version))
  if (next.version <= last) {
    throw new PerennialError('programme-version', { where: file, message: `The last version is ${last}, the file says ${next.version}.` })
  }

  const start = programmeVersions([next]).all[0]?.effectiveFrom ?? 0
  const inThePast = start <= clock()
  let comparison: ProgrammeComparison | undefined
  if (inThePast || how.dryRun) {
    comparison = await whoChanges({ engine, signal }, published, next)
    if (!json) console.log(describeChanges(comparison, inThePast))
    if (!how.dryRun && !how.retroactive && published.length > 0) {
      throw new PerennialError('programme-retroactive', { where: file, message: `Its first day is ${next.effectiveFrom}.` })
    }
  }
  if (how.dryRun) {
    if (json) answer(json, { published: false, programme: next, comparison }, () => '')
    return
  }
  await publishProgramme(eventStore, next, clock())
  await drainWithProgress(engine, signal)
  answer(json, { published: true, programme: next, ...(comparison && { comparison }) }, () =>
    inThePast
      ? `Published ${next.programme}, version ${next.version}: in force since ${next.effectiveFrom}, and everyone was folded again.`
      : `Published ${next.programme}, version ${next.version}: in force from ${formatInstant(start)} on.`,
  )
}

async function whoChanges(
  { engine, signal }: Pick<Context, 'engine' | 'signal'>,
  published: readonly Programme[],
  next: Programme,
): Promise<ProgrammeComparison> {
  const { members } = await engine.eventStore.counts()
  const before = await loadProgrammes(engine.eventStore)
  const shown = progress('compare', members)
  try {
    return await compareProgrammes({
      eventStore: engine.eventStore,
      projectors: engine.projectors,
      before,
      after: programmeVersions([...published, next], before.learnt),
      asOf: engine.clock(),
      onProgress(more) {
        shown.add(more)
        if (signal.aborted) throw signal.reason
      },
    })
  } finally {
    shown.stop()
  }
}

function describeChanges({ members, changed, changedByProjector }: ProgrammeComparison, inThePast: boolean): string {
  const parts = Object.entries(changedByProjector).map(([name, number]) => `${name} of ${count(number)}`)
  const first = `Of ${count(members)} members, ${count(changed)} change as of now: ${parts.join(', ')}.`
  return inThePast ? first : `${first} The version takes effect later.`
}
