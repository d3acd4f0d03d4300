import { describe, expect, test } from '@jest/globals'
import { calibrationCurve } from './calibration-curve.ts'
import { cohortHeatMap } from './cohort-heat-map.ts'
import { funnelChart } from './funnel-chart.ts'
import { liftCurve } from './lift-curve.ts'
import { stageFlowDiagram } from './stage-flow-diagram.ts'
import { allElements, readXml, type XmlElement } from './testing/read-xml.ts'

const calibration = () =>
  calibrationCurve(
    [
      {
        name: 'a <model> & its "layer"',
        points: [
          { foretold: 0.1, observed: 0.12, members: 400 },
          { foretold: 0.5, observed: 0.45, members: 100 },
        ],
      },
      { name: 'own rhythm', points: [{ foretold: 0.3, observed: 0.2, members: 500 }] },
    ],
    { title: 'Foretold & come true', subtitle: 'as of 2011-09-10', foretold: 'chance', observed: 'share' },
  )
const lift = () => liftCurve([{ name: 'recency', points: [{ share: 0.5, caught: 0.8 }] }])
const heatMap = () =>
  cohortHeatMap(
    [
      { name: '2011-01', members: 1_200, shares: [0.25, 0.5] },
      { name: '2011-02', members: 10, shares: [0.011] },
      { name: '2011-03', members: 4, shares: [] },
    ],
    { title: 'Who came back', columns: 'months after', rows: 'first bought in' },
  )
const funnel = () =>
  funnelChart(
    [
      { name: 'known', members: 1_000, medianDays: null },
      { name: 'bought', members: 500, medianDays: 3 },
      { name: 'loyal', members: 0, medianDays: null },
    ],
    { title: 'How far members came' },
  )
const flows = () =>
  stageFlowDiagram(
    [
      [
        { from: '(none)', to: 'new', members: 30 },
        { from: 'new', to: 'loyal', members: 5 },
        { from: 'loyal', to: 'lost', members: 2 },
      ],
      [
        { from: 'new', to: 'new', members: 30 },
        { from: 'loyal', to: 'loyal', members: 5 },
        { from: 'lost', to: '(none)', members: 2 },
      ],
    ],
    { title: 'Ways', instants: ['September', 'October', 'November'], stages: ['new', 'loyal', 'lost'] },
  )

const all = { calibration, lift, heatMap, funnel, flows }

function wordsIn(svg: string): string[] {
  return allElements(readXml(svg))
    .filter(({ name }) => name === 'text')
    .map(({ text }) => text)
}

/** Where a piece of text stands, within the transformations that ECharts writes for text: shifts and quarter turns. */
function placeOf({ attributes }: XmlElement): { x: number; y: number; turned: boolean } {
  const { transform = '', x = '0', y = '0' } = attributes
  const [dx = 0, dy = 0] = [...transform.matchAll(/-?[\d.]+/g)].map(Number).slice(-2)
  return { x: Number(x) + dx, y: Number(y) + dy, turned: transform.startsWith('matrix') }
}

describe('every picture', () => {
  test.each(Object.entries(all))('%s is one SVG element, well-formed, with a title and white paper', (_name, draw) => {
    const svg = readXml(draw())
    expect(svg.name).toBe('svg')
    const [title, paper] = svg.children
    expect(title?.name).toBe('title')
    expect(wordsIn(draw())).toContain(title?.text)
    expect(paper).toMatchObject({
      name: 'rect',
      attributes: { fill: '#ffffff', width: svg.attributes.width, height: svg.attributes.height },
    })
  })

  test.each(Object.entries(all))('%s is the same bytes again, whatever was drawn before', (_name, draw) => {
    const first = draw()
    for (const other of Object.values(all)) other()
    expect(draw()).toBe(first)
  })

  test.each(Object.entries(all))('%s refers to nothing that is not in it', (_name, draw) => {
    const svg = draw()
    const ids = allElements(readXml(svg)).flatMap(({ attributes }) => attributes.id ?? [])
    expect(new Set(ids).size).toBe(ids.length)
    for (const [, id] of svg.matchAll(/url\(#([^)]*)\)/g)) expect(ids).toContain(id)
    expect(svg).not.toMatch(/https?:(?!\/\/www\.w3\.org\/)/)
  })

  test.each(Object.entries(all))('%s has room for its words', (_name, draw) => {
    const svg = readXml(draw())
    for (const element of allElements(svg).filter(({ name }) => name === 'text')) {
      const { x, y, turned } = placeOf(element)
      const size = Number(/font-size:(\d+)px/.exec(element.attributes.style ?? '')?.[1])
      // More than words in Helvetica or Arial take.
      const length = element.text.length * size * 0.62
      const anchor = element.attributes['text-anchor'] ?? 'start'
      const before = anchor === 'middle' ? length / 2 : anchor === 'end' ? length : 0
      const start = turned ? y - (length - before) : x - before
      const end = turned ? y + before : x + length - before
      const word = element.text
      expect({ word, within: start >= 0 && end <= Number(turned ? svg.attributes.height : svg.attributes.width) }).toEqual({
        word,
        within: true,
      })
    }
  })
})

describe('what is in them', () => {
  test('a calibration curve names its series, its axes and the diagonal, with what XML sets apart', () => {
    const words = wordsIn(calibration())
    for (const word of [
      'Foretold & come true',
      'as of 2011-09-10',
      'a <model> & its "layer"',
      'own rhythm',
      'just as foretold',
      'chance',
      'share',
    ])
      expect(words).toContain(word)
  })

  test('a lift curve begins at nobody, ends at everybody, and passes through its points', () => {
    const path = allElements(readXml(lift())).find(({ attributes }) => attributes.stroke === '#0072b2' && attributes.d?.startsWith('M'))
    const [x0, y0, x1, y1, x2, y2] = [...(path?.attributes.d ?? '').matchAll(/-?[\d.]+/g)].map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    expect([(x1 - x0) / (x2 - x0), (y1 - y0) / (y2 - y0)]).toEqual([0.5, 0.8])
    expect(wordsIn(lift())).toEqual(expect.arrayContaining(['Lift', 'recency', 'no better than chance']))
  })

  test('a heat map has a row per cohort with its size, and a cell per share, the largest darkest', () => {
    const words = wordsIn(heatMap())
    expect(words).toEqual(
      expect.arrayContaining([
        '2011-01  (1,200)',
        '2011-02  (10)',
        '2011-03  (4)',
        '25%',
        '50%',
        '1.1%',
        'months after',
        'first bought in',
      ]),
    )
    const cells = allElements(readXml(heatMap())).filter(
      ({ attributes }) => attributes.stroke === '#ffffff' && attributes.fill?.startsWith('rgb'),
    )
    expect(cells).toHaveLength(3)
    const brightness = cells.map(({ attributes }) =>
      [...(attributes.fill ?? '').matchAll(/\d+/g)].reduce((sum, value) => sum + Number(value), 0),
    )
    const [half, all, hardlyAny] = brightness as [number, number, number]
    expect(all).toBeLessThan(half)
    expect(half).toBeLessThan(hardlyAny)
  })

  test('a funnel tells of each step how many, which share of the step before, and how long it took', () => {
    const words = wordsIn(funnel())
    expect(words).toEqual(
      expect.arrayContaining(['known', 'bought', 'loyal', '1,000', '500, 50% of known, after 3 days', '0, 0% of bought']),
    )
  })

  test('a flow diagram has the stages in their order, with how many stood in each, and those unknown last', () => {
    const elements = allElements(readXml(flows())).filter(({ name }) => name === 'text')
    const column = (left: number, right: number) =>
      elements
        .map((element) => ({ ...placeOf(element), text: element.text }))
        .filter(({ x, y, text }) => x >= left && x < right && y > 90 && /\d$/.test(text))
        .sort((a, b) => a.y - b.y)
        .map(({ text }) => text)
    expect(column(0, 300)).toEqual(['new 5', 'loyal 2', '(none) 30'])
    expect(column(300, 600)).toEqual(['new 30', 'loyal 5', 'lost 2'])
    expect(column(600, 900)).toEqual(['new 30', 'loyal 5', '(none) 2'])
    expect(wordsIn(flows())).toEqual(expect.arrayContaining(['September', 'October', 'November']))
  })

  test('of nobody, there are pictures too', () => {
    const texts = { title: 'Nobody', columns: 'months', rows: 'cohorts', instants: ['a', 'b'], stages: ['new'] }
    for (const svg of [
      cohortHeatMap([], texts),
      stageFlowDiagram([[]], texts),
      funnelChart([], texts),
      liftCurve([]),
      calibrationCurve([]),
    ]) {
      expect(readXml(svg).name).toBe('svg')
    }
  })
})
