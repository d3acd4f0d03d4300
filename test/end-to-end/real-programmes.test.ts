import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { type PointsRow, type Programme, parseProgramme, sampleProgrammeFile, sampleProgrammes } from '@perennial/contracts'
import { emptyHistory, interpret, noPoints, sumOf } from '@perennial/domain'
import { readOnlineRetail } from '@perennial/importers'
import { explain, inOrder, loadProgrammes, type Projector, sumOfMovements, verify } from '@perennial/projector'
import { publishProgrammes, type TestEngine, withEngine } from '../support/engine.ts'
import { describeWith, onlineRetailFile } from './support/real-data.ts'

const now = Date.parse('2011-12-10T00:00:00Z')

/** A sample, put into force before the first invoice, in the currency of the invoices. */
function sample(name: (typeof sampleProgrammes)[number]): Programme {
  const file = sampleProgrammeFile(name)
  const { examples: _, ...programme } = parseProgramme(readFileSync(file, 'utf8'), file.pathname)
  return { ...programme, currency: 'GBP', effectiveFrom: '2010-01-01' }
}

async function pointsRows(engine: TestEngine): Promise<Map<string, PointsRow>> {
  const points = engine.projectors.find(({ name }) => name === 'points') as Projector
  const rows = new Map<string, PointsRow>()
  for await (const row of engine.reader.all(points)) rows.set(row.memberId, row as unknown as PointsRow)
  return rows
}

/** Every movement of every member, added up and compared with the member's row. */
async function addUp(engine: TestEngine) {
  const rows = await pointsRows(engine)
  const versions = await loadProgrammes(engine.eventStore)
  const total = noPoints()
  let movements = 0
  let returnLines = 0
  let unmatchedLines = 0
  for await (const members of engine.eventStore.readHistories({ upTo: await engine.eventStore.head() })) {
    for (const { memberId, events } of members) {
      const told = explain(versions, events, now)
      const accounts = sumOfMovements(told)
      movements += told.length
      for (const account of Object.keys(total) as (keyof typeof total)[]) total[account] += accounts[account]
      const { issued, debt, adjusted, transferred, ...others } = accounts
      expect(rows.get(memberId)).toMatchObject({ ...others, earned: 0 - issued, debt: 0 - debt })
      const history = emptyHistory()
      for (const event of inOrder(events, now)) {
        interpret(history, event, versions.currencyAt(event.occurredAt), (occurrence) => {
          if (occurrence.kind !== 'return' || event.type !== 'ReturnRecorded') return
          returnLines += event.data.lines.length
          unmatchedLines += occurrence.unmatched.length
        })
      }
    }
  }
  return { rows, total, movements, returnLines, unmatchedLines }
}

describeWith(onlineRetailFile, 'Online Retail under the sample programmes', () => {
  test.each(sampleProgrammes)(
    '%s: what is stored is what the streams say, and every movement adds up to the balances',
    async (name) => {
      await withEngine({ now }, async (engine) => {
        await publishProgrammes(engine, [sample(name)])
        const { events } = await readOnlineRetail(onlineRetailFile)
        await engine.publish(events)
        await engine.drain()

        for (const projector of engine.projectors) {
          const { differences, parked, members } = await verify({ ...engine, projector, readModel: await engine.readModel(projector.name) })
          expect({ projector: projector.name, differences, parked, members }).toEqual({
            projector: projector.name,
            differences: [],
            parked: 0,
            members: 4_372,
          })
        }

        const { rows, total, movements, returnLines, unmatchedLines } = await addUp(engine)
        expect(sumOf(total)).toBe(0)
        const balances = [...rows.values()].reduce((sum, { balance, pending }) => sum + balance + pending, 0)
        expect(total.available + total.pending + total.debt).toBe(balances)
        expect(total.issued).toBeLessThan(0)
        const matched = returnLines - unmatchedLines
        console.log(
          `${name}: ${movements} movements, ${0 - total.issued} points earned, ${total.clawedBack} taken back, ${total.expired} expired, ${balances} left; ` +
            `return lines: ${matched} matched, ${unmatchedLines} not or not in full`,
        )
      })
    },
    240_000,
  )
})
