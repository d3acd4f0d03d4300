import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { LineCounter, parseDocument } from 'yaml'
import { defaultProgramme, defaultProgrammeFile } from './default-programme.ts'
import { type Fault, PerennialError } from './errors.ts'
import { parseProgramme, readProgrammeFile } from './programme-file.ts'

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
      points: { rounding: { mode: 'floor', per: 'order' }, pending: 'P14D', warnBefore: ['P30D'], expiry: 'never' },
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
    ['a misspelt field', 'pending: P14D', 'pendng: P14D', 'points.pendng', /^not a field here; did you mean pending\?$/],
    ['a field that there is not', 'version: 1', 'version: 1\ncolour: blue', 'colour', /^not a field of a programme$/],
    [
      'a field in the wrong place',
      '  metric:',
      '  minimumOrder: 5\n  metric:',
      'tiers.minimumOrder',
      /^not a field here; minimumOrder stands under points$/,
    ],
    ['levels that do not rise', 'from: "2000.00"', 'from: "400.00"', 'tiers.levels[2].from', /more than 500\.00/],
    ['two levels of the same height', 'from: "2000.00"', 'from: "500"', 'tiers.levels[2].from', /more than 500\.00/],
    ['a lowest level that nobody reaches', 'from: "0"', 'from: "1"', 'tiers.levels[0].from', /starts from 0/],
    ['two levels of one name', 'name: gold', 'name: member', 'tiers.levels[2].name', /second level named member/],
    ['a threshold that is a float', 'from: "500.00"', 'from: 500.5', 'tiers.levels[1].from', /decimal string/],
    ['a threshold that is a word', 'from: "500.00"', 'from: "free"', 'tiers.levels[1].from', /decimal string/],
    ['points for nothing', 'per: "1.00"', 'per: "0.00"', 'points.earn[0].per', /more than zero/],
    ['a rule of no kind', 'for: purchase, per: "1.00", points: 1', 'for: purchase', 'points.earn[0]', /`per` and `points`/],
    ['an amount that is a float', 'per: "1.00"', 'per: 1.5', 'points.earn[0].per', /decimal string/],
    ['a date that is none', 'effectiveFrom: 2000-01-01', 'effectiveFrom: 2025-02-30', 'effectiveFrom', /such as 2025-01-01/],
    ['a version before the first', 'version: 1', 'version: 0', 'version', /at least 1/],
    ['a name that no stream can have', 'programme: default', 'programme: My Shop', 'programme', /lower-case/],
    ['stages out of order', 'lapsedAfter: 3 ', 'lapsedAfter: 9 ', 'lifecycle', /atRiskAfter < lapsedAfter < lostAfter/],
    ['loyal before growing', 'growingFrom: 2 ', 'growingFrom: 5 ', 'lifecycle', /growingFrom < loyalFrom/],
    ['bands out of order', 'mediumFrom: 0.25', 'mediumFrom: 0.7', 'churnRisk', /mediumFrom < highFrom/],
    ['a period of hours', 'pending: P14D', 'pending: PT12H', 'points.pending', /whole days/],
    ['a negative period', 'pending: P14D', 'pending: -P14D', 'points.pending', /whole days/],
    ['a period that no calendar reaches', 'pending: P14D', 'pending: P999999Y', 'points.pending', /100 years/],
    ['a rhythm of no time at all', 'shortest: P1D', 'shortest: P0D', 'lifecycle.rhythm.shortest', /at least a day/],
    ['a currency that does not exist', 'version: 1', 'version: 1\ncurrency: ZZZ', 'currency', /ISO 4217/],
  ])('with %s', (_, piece, instead, field, message) => {
    const yaml = usualBut(piece, instead)
    const faults = faultsOf(yaml)
    expect(faults.map((fault) => fault.field)).toEqual([field])
    expect(faults[0]?.message).toMatch(message)
    expect(faults[0]?.line).toBe(lineOfField(yaml, field))
  })

  test.each([
    ['mode: flor', 'floor'],
    ['mode: half-upp', 'half-up'],
  ])('with a word that is misspelt, %s, and what was probably meant', (mode, meant) => {
    expect(faultsOf(usualBut('mode: floor', mode))[0]?.message).toBe(`expected floor, half-up, half-even or ceil; did you mean ${meant}?`)
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

describe('the faults of a rule are those of the kind of rule that it evidently is', () => {
  const rule = (yaml: string) =>
    faultsOf(usualBut('{ name: base, for: purchase, per: "1.00", points: 1 }', yaml)).map(({ field, message }) => [
      field.replace('points.earn[0].', ''),
      message,
    ])

  test('by what it gives', () => {
    expect(rule('{ name: x, per: "1.00" }')).toEqual([['points', 'missing; expected number']])
    expect(rule('{ name: x, multiply: two, when: { categroy: tea } }')).toEqual([
      ['when.categroy', 'not a field here; did you mean category?'],
      ['multiply', 'expected a number or a decimal string such as "1.5"'],
    ])
    expect(rule('{ name: x, add: 0 }')).toEqual([['add', 'expected more than 0']])
    expect(rule('{ name: x, exclude: yes }')).toEqual([['exclude', 'expected true']])
  })

  test('also where that is misspelt', () => {
    expect(rule('{ name: x, multipy: 2 }').map(([field]) => field)).toEqual(['multiply', 'multipy'])
  })

  test('purchases and engagement have conditions of their own', () => {
    expect(rule('{ name: x, add: 5, when: { activity: review } }')).toEqual([['when.activity', 'only in rules with for: engagement']])
    expect(rule('{ name: x, for: engagement, add: 5, when: { category: tea } }')).toEqual([
      ['when.category', 'only in rules for purchases'],
    ])
    expect(rule('{ name: x, for: engagement, multiply: 2 }')).toEqual([
      ['for', expect.stringMatching(/^expected purchase; rules for engagement have `add`/)],
    ])
    expect(rule('{ name: x, for: engagment, add: 2 }')).toEqual([['for', 'expected engagement']])
  })

  test('two kinds in one do not go together', () => {
    expect(rule('{ name: x, per: "1.00", points: 1, multiply: 2 }')).toEqual([['multiply', 'does not go with per and points']])
    expect(rule('{ name: x, exclude: true, cap: { times: 1, every: day } }')).toEqual([['cap', 'does not go with exclude']])
  })

  test('conditions and caps are looked into', () => {
    expect(rule('{ name: x, add: 5, cap: { tmes: 1, every: mnth }, when: { orderNumber: { evry: 10 }, birthday: moth } }')).toEqual(
      expect.arrayContaining([
        ['cap.tmes', 'not a field here; did you mean times?'],
        ['cap.every', 'expected day, week, month, year or ever; did you mean month?'],
        ['when.orderNumber.evry', 'not a field here; did you mean every?'],
        ['when.birthday', 'expected month or day; did you mean month?'],
      ]),
    )
    expect(rule('{ name: x, add: 5, when: { from: 2025-03-02, until: 2025-03-01 } }')).toEqual([
      ['when.until', 'expected from to be no later than until'],
    ])
  })
})

describe('where one of several forms may stand, the faults are those of the form that is meant', () => {
  test.each([
    ['expiry: { aftr: P12M }', 'points.expiry.aftr', 'not a field here; did you mean after?'],
    ['expiry: { after: P12M, at: end-of-mont }', 'points.expiry.at', 'expected end-of-month or end-of-day; did you mean end-of-month?'],
    ['expiry: { inactivity: P0D }', 'points.expiry.inactivity', 'expected at least a day'],
    ['expiry: { on: "31-12" }', 'points.expiry.on', 'expected a day of the year as "MM-DD"'],
    ['expiry: nevr', 'points.expiry', expect.stringMatching(/ or never; did you mean never\?$/)],
    ['expiry: { after: P12M, on: "12-31" }', 'points.expiry', expect.stringMatching(/^expected \{ after: P12M/)],
  ])('%s', (expiry, field, message) => {
    const faults = faultsOf(usualBut(/expiry: \{.*\}/, expiry))
    expect(faults).toContainEqual({ field, message, line: lineOf(usualBut(/expiry: \{.*\}/, expiry), expiry) })
  })

  test.each([
    ['window: { rolling: P12H }', 'tiers.window.rolling', /whole days/],
    ['window: { calendar: month }', 'tiers.window.calendar', /^expected year$/],
    ['window: { anniversary: birthday }', 'tiers.window.anniversary', /^expected enrolment$/],
    ['window: { lifetime: yes }', 'tiers.window.lifetime', /^expected true$/],
    ['window: P12M', 'tiers.window', /^expected \{ rolling: P12M \}/],
    ['window: { rolling: P12M }\n  keepUntil: end-of-next-yaer', 'tiers.keepUntil', /did you mean end-of-next-year\?$/],
    ['window: { rolling: P12M }\n  keepUntil: P0D', 'tiers.keepUntil', /^expected at least a day$/],
  ])('%s', (window, field, message) => {
    expect(faultsOf(usualBut('window: { rolling: P12M }', window))).toEqual([
      { field, message: expect.stringMatching(message), line: expect.any(Number) },
    ])
  })

  test.each([
    ['warnBefore: [P30D, P7H]', 'points.warnBefore[1]', /whole days/],
    ['warnBefore: soon', 'points.warnBefore', /whole days/],
    ['warnBefore: 30', 'points.warnBefore', /^expected a period such as P30D, or a list of them$/],
    ['warnBefore: []', 'points.warnBefore', /at least 1 items/],
  ])('%s', (warnBefore, field, message) => {
    expect(faultsOf(usualBut('warnBefore: P30D', warnBefore))).toMatchObject([{ field, message: expect.stringMatching(message) }])
  })
})

describe('examples in a programme', () => {
  const withExample = (yaml: string) => `${usual}\nexamples:\n${yaml.replaceAll(/^/gm, '  ')}`

  test('are written in a few words', () => {
    const { examples } = parseProgramme(
      withExample(`
- name: tea
  given:
    - { enrolled: 2025-01-05, birthday: "03-14" }
    - { bought: "120.00", of: tea, category: organic, on: 2025-03-02, order: o1, channel: web }
    - { bought: [{ sku: tea, quantity: 2, amount: "20.00" }], on: 2025-03-03T18:30 }
    - { returned: "60.00", of: tea, order: o1, on: 2025-03-04T00:00+08:00 }
    - { did: review, on: 2025-03-05 }
    - { redeemed: 100, on: 2025-03-06 }
    - { granted: gold, until: 2025-12-31, on: 2025-03-07 }
    - { adjusted: -50, on: 2025-03-08 }
  then:
    - { asOf: 2025-03-09, available: 12, tier: gold, nextExpiry: { at: 2026-04-01 } }
    - { qualifying: 120, ending: null }`),
      'shop.yaml',
    )
    expect(examples).toHaveLength(1)
    expect(examples?.[0]?.given).toHaveLength(8)
  })

  test.each([
    ['- { name: x, given: [{ bougth: "10.00", on: 2025-01-01 }], then: { available: 1 } }', 'given[0].bougth', /did you mean bought/],
    ['- { name: x, given: [{ bought: "10.00", on: tomorrow }], then: { available: 1 } }', 'given[0].on', /such as 2025-03-02/],
    ['- { name: x, given: [{ bought: "10.00", on: 2025-02-30 }], then: { available: 1 } }', 'given[0].on', /such as 2025-03-02/],
    ['- { name: x, given: [{ bought: [{ sku: tea }], on: 2025-02-03 }], then: { available: 1 } }', 'given[0].bought[0].amount', /^missing/],
    ['- { name: x, given: [{ on: 2025-02-03 }], then: { available: 1 } }', 'given[0]', /^expected one of enrolled, bought/],
    ['- { name: x, given: [{ did: review, on: 2025-02-03 }], then: { availble: 1 } }', 'then.availble', /did you mean available/],
    ['- { name: x, given: [{ did: review, on: 2025-02-03 }], then: { asOf: 2025-02-03 } }', 'then', /^expected a field/],
    ['- { name: x, given: [{ adjusted: 0, on: 2025-02-03 }], then: { available: 1 } }', 'given[0].adjusted', /less than 0/],
  ])('%s', (example, field, message) => {
    const faults = faultsOf(withExample(example))
    expect(faults).toContainEqual({ field: `examples[0].${field}`, message: expect.stringMatching(message), line: expect.any(Number) })
  })
})

describe('the line of a field', () => {
  const { lineOf: line } = readProgrammeFile(usual, 'shop.yaml')

  test.each([
    ['programme', 'programme: default'],
    ['points.earn[1].when.category[0]', 'name: organic'],
    ['tiers.levels[2].from', 'name: gold'],
    ['lifecycle.growingFrom', 'growingFrom:'],
  ])('%s', (field, piece) => {
    expect(line(field)).toBe(lineOf(usual, piece))
  })

  test('that is not there is that of the nearest that holds it', () => {
    expect(line('points.redeem.worth')).toBe(lineOf(usual, '\npoints:') + 1)
    expect(line('examples[3].then')).toBe(lineOf(usual, 'programme: default'))
  })
})

test('an alias of nothing, and one of too much, are faults', () => {
  expect(faultsOf(usualBut('version: 1', 'version: *one'))).toEqual([
    { field: '', message: expect.stringMatching(/alias/i), line: expect.any(Number) },
  ])
  const bomb = [
    'a: &a [1, 1]',
    ...'bcdefgh'.split('').map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]}, `.repeat(9)}1]`),
  ].join('\n')
  expect(faultsOf(bomb)).toEqual([{ field: '', message: expect.stringMatching(/alias/i), line: 1 }])
})
