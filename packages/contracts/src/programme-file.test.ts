import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { LineCounter, parseDocument } from 'yaml'
import { defaultProgramme, defaultProgrammeFile } from './default-programme.ts'
import { type Fault, PerennialError } from './errors.ts'
import { parseProgramme } from './programme-file.ts'

const usual = readFileSync(defaultProgrammeFile, 'utf8')

function faultsOf(yaml: string): readonly Fault[] {
  try {
    parseProgramme(yaml, 'shop.yaml')
  } catch (error) {
    if (!(error instanceof PerennialError)) throw error
    expect(error).toMatchObject({ code: 'programme-invalid', where: 'shop.yaml' })
    return error.faults
  }
  throw new Error('the programme was taken')
}

/** The programme that Perennial starts with, with one piece of it changed. */
function usualBut(piece: string | RegExp, instead: string): string {
  expect(usual).toMatch(piece)
  return usual.replace(piece, instead)
}

/** Where the last name of the field stands, or the item of a list that it names. */
function lineOfField(yaml: string, field: string): number {
  const document = parseDocument(yaml, { lineCounter: new LineCounter() })
  if (!field.includes('.')) return lineOf(yaml, `\n${field}:`) + 1
  const path = field.replaceAll(/\[(\d+)\]/g, '.$1').split('.')
  const node = document.getIn(path, true) as { range: [number, number, number] }
  return yaml.slice(0, node.range[0]).split('\n').length
}

const lineOf = (yaml: string, piece: string) => yaml.slice(0, yaml.indexOf(piece)).split('\n').length

describe('the programme that Perennial starts with', () => {
  test('is valid and says what its file says', () => {
    expect(defaultProgramme()).toMatchObject({
      programme: 'default',
      version: 1,
      timeZone: 'Europe/London',
      points: { pending: 'P14D', expiry: { after: 'P12M', at: 'end-of-month' }, rounding: { mode: 'floor', per: 'order' } },
    })
    expect(defaultProgramme().currency).toBeUndefined()
    expect(defaultProgramme().tiers.levels.map(({ name, from, multiply }) => `${name} from ${from} times ${multiply}`)).toEqual([
      'member from 0 times 1',
      'silver from 500.00 times 1.25',
      'gold from 2000.00 times 1.5',
      'platinum from 10000.00 times 2',
    ])
  })
})

describe('a short programme', () => {
  const short = `
programme: corner-shop
version: 1
effectiveFrom: 2025-01-01
timeZone: Asia/Taipei
points:
  earn: [{ name: base, for: purchase, per: 100, points: 1 }]
  expiry: never
tiers:
  metric: spend
  window: { rolling: P1Y }
  levels: [{ name: member, from: 0 }]
`
  test('is filled up with what is usual', () => {
    expect(parseProgramme(short, 'shop.yaml')).toMatchObject({
      points: { rounding: { mode: 'floor', per: 'order' }, pending: 'P14D', warnBefore: 'P30D', expiry: 'never' },
      tiers: { levels: [{ name: 'member', from: '0', multiply: '1', benefits: [] }] },
      lifecycle: { rhythm: { prior: 'P60D', weight: 2 }, growingFrom: 2, loyalFrom: 5, lostAfter: 6 },
      churnRisk: { evenAt: 2, mediumFrom: 0.25, highFrom: 0.6 },
    })
  })
})

describe('a programme with faults is refused', () => {
  test('with all of them at once, each with its line and field', () => {
    const yaml = usual
      .replace('timeZone: Europe/London', 'timeZone: Mars/Olympus')
      .replace('pending: P14D', 'pending: 14 days')
      .replace('mode: floor', 'mode: down')
      .replace('atRiskAfter: 1.5', 'atRiskAfter: -1')
    const faults = faultsOf(yaml)
    expect(faults.map(({ field, line }) => [field, line])).toEqual([
      ['timeZone', lineOf(yaml, 'timeZone: Mars')],
      ['points.rounding.mode', lineOf(yaml, 'mode: down')],
      ['points.pending', lineOf(yaml, 'pending: 14 days')],
      ['lifecycle.atRiskAfter', lineOf(yaml, 'atRiskAfter: -1')],
    ])
    expect(faults[0]?.message).toMatch(/time zone of the IANA database/)
    expect(faults[2]?.message).toMatch(/"P14D"/)
  })

  test.each([
    ['programme', /^programme: default\n/m],
    ['version', /^version: 1\n/m],
    ['effectiveFrom', /^effectiveFrom: .*\n/m],
    ['timeZone', /^timeZone: .*\n/m],
    ['points.expiry', /^ {2}expiry: .*\n/m],
    ['tiers.metric', /^ {2}metric: .*\n/m],
    ['tiers.window', /^ {2}window: .*\n/m],
  ])('without its %s', (field, line) => {
    const faults = faultsOf(usualBut(line, ''))
    expect(faults.map((fault) => fault.field)).toEqual([field])
    expect(faults[0]?.line).toBeGreaterThan(0)
  })

  test.each([
    ['a field that it does not have', 'pending: P14D', 'pendng: P14D', 'points.pendng', /not a field of a programme/],
    ['a field that it does not have at the top', 'version: 1', 'version: 1\ncolour: blue', 'colour', /not a field/],
    ['levels that do not rise', 'from: "2000.00"', 'from: "400.00"', 'tiers.levels[2].from', /more than 500\.00/],
    ['two levels of the same height', 'from: "2000.00"', 'from: "500"', 'tiers.levels[2].from', /more than 500\.00/],
    ['a lowest level that nobody reaches', 'from: "0"', 'from: "1"', 'tiers.levels[0].from', /starts from 0/],
    ['two levels of one name', 'name: gold', 'name: member', 'tiers.levels[2].name', /second level named member/],
    ['a threshold that is a float', 'from: "500.00"', 'from: 500.5', 'tiers.levels[1].from', /decimal string/],
    ['a threshold that is a word', 'from: "500.00"', 'from: "free"', 'tiers.levels[1].from', /decimal string/],
    ['points for nothing', 'per: "1.00"', 'per: "0.00"', 'points.earn[0].per', /more than zero/],
    ['a rule that is neither', 'per: "1.00", points: 1', 'points: 1', 'points.earn[0]', /`per` and `points`/],
    ['a date that is none', 'effectiveFrom: 2000-01-01', 'effectiveFrom: 2025-02-30', 'effectiveFrom', /such as 2025-01-01/],
    ['a version before the first', 'version: 1', 'version: 0', 'version', /at least 1/],
    ['a name that no stream can have', 'programme: default', 'programme: My Shop', 'programme', /lower-case/],
    ['stages out of order', 'lapsedAfter: 3 ', 'lapsedAfter: 9 ', 'lifecycle', /atRiskAfter < lapsedAfter < lostAfter/],
    ['loyal before growing', 'growingFrom: 2 ', 'growingFrom: 5 ', 'lifecycle', /growingFrom < loyalFrom/],
    ['bands out of order', 'mediumFrom: 0.25', 'mediumFrom: 0.7', 'churnRisk', /mediumFrom < highFrom/],
    ['a period of hours', 'pending: P14D', 'pending: PT12H', 'points.pending', /whole days/],
    ['a negative period', 'pending: P14D', 'pending: -P14D', 'points.pending', /whole days/],
    ['a period that no calendar reaches', 'pending: P14D', 'pending: P999999Y', 'points.pending', /100 years/],
    ['a rhythm of no time at all', 'shortest: P7D', 'shortest: P0D', 'lifecycle.rhythm.shortest', /at least a day/],
    ['a currency that does not exist', 'version: 1', 'version: 1\ncurrency: ZZZ', 'currency', /ISO 4217/],
  ])('with %s', (_, piece, instead, field, message) => {
    const yaml = usualBut(piece, instead)
    const faults = faultsOf(yaml)
    expect(faults.map((fault) => fault.field)).toEqual([field])
    expect(faults[0]?.message).toMatch(message)
    expect(faults[0]?.line).toBe(lineOfField(yaml, field))
  })

  test('that is not YAML, with the line', () => {
    const faults = faultsOf('programme: default\nversion: [1\n')
    expect(faults).toHaveLength(1)
    expect(faults[0]?.line).toBe(3)
  })

  test.each(['', 'just words', '[]', '42'])('that is "%s"', (yaml) => {
    expect(faultsOf(yaml)).toEqual([{ field: '', message: expect.stringMatching(/expected object/), line: 1 }])
  })
})
