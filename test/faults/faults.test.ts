import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { partitionCount } from '@perennial/contracts'
import { type ReadStore, reachedPosition } from '@perennial/read-store'
import { whatIsMissing } from '../../infra/kafka-local/jars.ts'
import { diceOf, shuffled } from '../support/dice.ts'
import { expectAllSurvived } from './checks.ts'
import type { Fleet } from './fleet.ts'
import { type Flow, startFlow } from './flow.ts'
import { isFull } from './form.ts'
import { caughtUp, type Installation, install } from './installation.ts'
import { type References, undisturbed } from './reference.ts'
import { describeSurvived, type Survived } from './report.ts'
import { type Servers, startServers } from './servers.ts'
import { clocks, makeWorld, type World } from './world.ts'

/**
 * Faults in the middle of the work: processes that are killed, servers that stop, networks that are bad, clocks that are
 * wrong. Each time, what comes out in the end is what comes out of an engine that was never disturbed.
 *
 * `npm test` runs a short form of it, `npm run test:faults` all of it.
 */
const size = isFull
  ? { events: 20_000, pieces: 600, kills: 50, strikes: 3, fits: 8, cuts: 10, awayMs: 4_000, silentMs: 8_000, slowMs: 8_000, pauseMs: 150 }
  : { events: 3_000, pieces: 60, kills: 1, strikes: 1, fits: 1, cuts: 5, awayMs: 500, silentMs: 7_000, slowMs: 1_000, pauseMs: 100 }
const timeoutMs = isFull ? 1_800_000 : 300_000
const stopSecondsMax = 10
const takeoverSecondsMax = 10

/** A process for every service, and two where several may share the work. */
const apart = {
  'ingest-1': ['ingest'],
  'ingest-2': ['ingest'],
  settlement: ['settlement'],
  'points-1': ['points'],
  'points-2': ['points'],
  tier: ['tier'],
  lifecycle: ['lifecycle'],
  'churn-risk': ['churn-risk'],
  value: ['value'],
  relay: ['relay'],
  api: ['api'],
}
/** The same in fewer processes. */
const together = {
  'ingest, settlement, points': ['ingest', 'settlement', 'points'],
  'ingest, points, tier': ['ingest', 'points', 'tier'],
  'lifecycle, churn-risk, value': ['lifecycle', 'churn-risk', 'value'],
  'relay, api': ['relay', 'api'],
}
const [dying, taking] = Object.keys(together) as [string, string]
const slow = 'ingest, tier'
const ofTwoClocks = {
  [slow]: ['ingest', 'tier'],
  'all others': ['settlement', 'points', 'lifecycle', 'churn-risk', 'value', 'relay'],
}

const isPossible = whatIsMissing() === undefined
const isRequired = process.env.PERENNIAL_REQUIRE_KAFKA === '1'

;(isPossible || isRequired ? describe : describe.skip)('faults, on a real Kafka broker and a real PostgreSQL', () => {
  let servers: Servers
  let world: World
  let expected: References
  const lines: Survived[] = []
  const dice = diceOf(11)

  beforeAll(async () => {
    ;[servers, world] = await Promise.all([startServers(), makeWorld(size.events, size.pieces)])
    tell('the servers run')
    expected = await undisturbed(world)
    tell('the undisturbed engine is through')
  }, 300_000)
  afterAll(async () => {
    await servers?.stop()
    const what = `${isFull ? 'In full' : 'In short'}: ${world?.said}, a quarter of them sent twice.`
    process.stdout.write(`\n${what}\n${describeSurvived(lines)}\n\n`)
  }, 60_000)

  /** Its line is there from the beginning, and says that it was survived once everything is as it should be. */
  function begin(fault: string): Survived {
    const line: Survived = { fault, times: 0, seconds: [], survived: false }
    lines.push(line)
    return line
  }

  /** Runs processes and stops them in the end, cleanly and in time, or however it goes where something failed before. */
  async function withFleet(fleet: Fleet, work: () => Promise<void>): Promise<void> {
    const line = begin(`all ${fleet.names.length} told to stop`)
    try {
      await work()
      for (const name of fleet.names) await fleet.runs(name)
      const seconds = (await fleet.stop()) / 1000
      line.times++
      line.note = `stopped within ${seconds.toFixed(1)} s; ${fleet.ended().length} processes had ended by themselves`
      const last = fleet.names.map((name) => `${name}: ${fleet.said(name).trimEnd().split('\n').at(-1)}`)
      expect(last).toEqual(fleet.names.map((name) => `${name}: Stopped.`))
      expect(seconds).toBeLessThan(stopSecondsMax)
      line.survived = true
    } finally {
      await fleet.stop()
      for (const said of fleet.ended()) process.stdout.write(`ended by itself: ${said}\n`)
    }
  }

  async function withInstallation(
    options: Parameters<typeof install>[1],
    work: (installation: Installation) => Promise<void>,
  ): Promise<void> {
    const installation = await install(servers, options)
    try {
      await work(installation)
    } finally {
      await installation.close()
    }
  }

  /** The full form takes so long that whoever started it wants to see how it goes. */
  const atFirst = performance.now()
  function tell(text: string): void {
    if (isFull || process.env.FAULTS_TOLD) process.stderr.write(`${secondsSince(atFirst).toFixed(0).padStart(5)} s  ${text}\n`)
  }
  const secondsSince = (begun: number) => (performance.now() - begun) / 1000

  test(
    'processes that are killed again and again lose nothing, and do nothing twice',
    async () => {
      // Others wait so long for whoever was killed. With the 6 s of real life, nobody would get to work in between.
      const settings = { PERENNIAL_SHARE_TTL_MS: '1500', PERENNIAL_KAFKA_SESSION_MS: '1500' }
      const processes = isFull ? apart : together
      const killed = Object.keys(processes).map((name) => begin(`kill -9 of ${name}`))
      const learning = begin('kill -9 while learning')
      await withInstallation({ name: 'kills', now: clocks.right, settings }, async (installation) => {
        const fleet = installation.start(processes)
        await withFleet(fleet, async () => {
          const serves = Object.entries(processes).find(([, services]) => services.includes('api'))?.[0] as string
          const flow = await startFlow(installation, world, { api: () => fleet.url(serves) })
          const total = size.kills * fleet.names.length
          let kills = 0
          for (let round = 0; round < size.kills; round++) {
            tell(`kills, round ${round + 1}`)
            for (const name of shuffled(fleet.names, dice)) {
              await fleet.runs(name)
              flow.letUpTo((0.95 * ++kills) / total)
              await sleep(dice.number(isFull ? 500 : 1_000))
              if (await fleet.kill(name)) (killed[fleet.names.indexOf(name)] as Survived).times++
            }
          }
          flow.letUpTo(1)
          await flow.reached()
          const ended = performance.now()
          await caughtUp(installation, clocks.right, fleet)
          for (const line of killed) line.seconds.push(secondsSince(ended))
          tell(`kills: caught up after ${secondsSince(ended).toFixed(1)} s`)

          const fit = ['fit', '--as-of', clocks.right]
          const begun = performance.now()
          for (let attempt = 0; attempt < size.fits; attempt++) {
            if (await installation.killedCommand(clocks.right, fit, 1_000 + dice.number(3_000))) learning.times++
          }
          await installation.cli(clocks.right, ...fit)
          await caughtUp(installation, clocks.right, fleet)
          learning.seconds.push(secondsSince(begun))
        })
        tell('kills: comparing')
        await expectAllSurvived(installation, expected.fitted, { at: clocks.right })
        for (const line of [...killed, learning]) line.survived = true
      })
    },
    timeoutMs,
  )

  test(
    'servers that stop, die and come back, networks that are slow, cut and silent, and a process that stays away, are outlasted',
    async () => {
      await withInstallation({ name: 'servers', now: clocks.right }, async (installation) => {
        const fleet = installation.start(together)
        const faults = Object.entries(serverFaults()).map(([fault, strike]) => ({ strike, line: begin(fault) }))
        const takeover = begin('one of two points processes gone for good')
        await withFleet(fleet, async () => {
          const flow = await startFlow(installation, world, size)
          const steps = size.strikes * (faults.length + 1)
          let step = 0
          for (let round = 0; round < size.strikes; round++) {
            flow.letUpTo(++step / steps)
            await takeOver(installation, fleet, takeover)
            await flow.reached()
            for (const { strike, line } of faults) {
              tell(line.fault)
              flow.letUpTo(++step / steps)
              await strike()
              const ended = performance.now()
              await flow.reached()
              await caughtUp(installation, clocks.right, fleet)
              line.times++
              line.seconds.push(secondsSince(ended))
              tell(`${line.fault}: caught up after ${secondsSince(ended).toFixed(1)} s`)
            }
          }
        })
        tell('servers: comparing')
        await expectAllSurvived(installation, expected.right, { at: clocks.right })
        for (const { line } of faults) line.survived = true
      })
    },
    timeoutMs,
  )

  function serverFaults(): Record<string, () => Promise<void>> {
    const { kafka, postgres, kurrentdb } = servers
    const proxies = [kafka.proxy, postgres.proxy, kurrentdb.proxy]
    const away = (stop: () => Promise<void>, start: () => Promise<void>) => async () => {
      await stop()
      await sleep(size.awayMs)
      await start()
    }
    const silent =
      (...some: { isSilent: boolean }[]) =>
      async () => {
        for (const proxy of some) proxy.isSilent = true
        await sleep(size.silentMs)
        for (const proxy of some) proxy.isSilent = false
      }
    const stopsHard = {
      'Kafka killed and started': away(() => kafka.server.pause('kill'), kafka.server.resume),
      'PostgreSQL stopped hard and started': away(servers.stopPostgresHard, postgres.server.start),
    }
    const stops = {
      'Kafka stopped and started': away(kafka.server.pause, kafka.server.resume),
      'PostgreSQL stopped and started': away(postgres.server.stop, postgres.server.start),
    }
    const badNetwork = {
      async '50 ms on the way to and from every server'() {
        for (const proxy of proxies) proxy.latencyMs = 50
        await sleep(size.slowMs)
        for (const proxy of proxies) proxy.latencyMs = 0
      },
      async [`all connections cut, ${size.cuts} times`]() {
        for (let cut = 0; cut < size.cuts; cut++) {
          for (const proxy of proxies) proxy.cut()
          await sleep(dice.number(400))
        }
      },
    }
    const forSeconds = `silent for ${size.silentMs / 1000} s`
    const silences = {
      [`PostgreSQL ${forSeconds}`]: silent(postgres.proxy),
      [`Kafka ${forSeconds}`]: silent(kafka.proxy),
      [`the log ${forSeconds}`]: silent(kurrentdb.proxy),
    }
    const allSilent = { [`all servers ${forSeconds}`]: silent(...proxies) }
    return isFull ? { ...stops, ...stopsHard, ...badNetwork, ...silences, ...allSilent } : { ...stopsHard, ...badNetwork, ...allSilent }
  }

  const pointsOf = async ({ observer }: Installation) => {
    const points = observer.projectors.find(({ name }) => name === 'points')
    return (observer.readStores.get('points') as ReadStore).live(points as NonNullable<typeof points>)
  }

  /** How many partitions of points each of these processes holds. */
  async function sharesOf(installation: Installation, fleet: Fleet, names: readonly string[]): Promise<number[]> {
    const leases = await (await pointsOf(installation)).leases()
    return names.map((name) => leases.filter(({ owner }) => owner.includes(`-${fleet.pid(name)}-`)).length)
  }

  async function expectShares(installation: Installation, fleet: Fleet, names: readonly string[]): Promise<void> {
    const fair = names.map(() => partitionCount / names.length)
    for (let tries = 0; tries < 300 && String(await sharesOf(installation, fleet, names)) !== String(fair); tries++) await sleep(100)
    expect(await sharesOf(installation, fleet, names)).toEqual(fair)
  }

  /** One process dies and stays dead: the other has all partitions soon, and folds them to where the log was. */
  async function takeOver(installation: Installation, fleet: Fleet, line: Survived): Promise<void> {
    // Beside other tests on a small machine, a process may not get to run for seconds: then it is tried once more.
    let seconds = await secondsToTakeOver(installation, fleet)
    if (!isFull && seconds >= takeoverSecondsMax) seconds = await secondsToTakeOver(installation, fleet)
    line.times++
    line.seconds.push(seconds)
    tell(`${line.fault}: taken over after ${seconds.toFixed(1)} s`)
    expect(seconds).toBeLessThan(takeoverSecondsMax)
    line.survived = true
  }

  async function secondsToTakeOver(installation: Installation, fleet: Fleet): Promise<number> {
    await expectShares(installation, fleet, [dying, taking])
    await fleet.kill(dying, { forGood: true })
    const killed = performance.now()
    const head = await installation.observer.eventStore.head()
    const isTaken = async () => {
      if (String(await sharesOf(installation, fleet, [taking])) !== String([partitionCount])) return false
      return reachedPosition(await (await pointsOf(installation)).checkpoints()) >= head
    }
    while (secondsSince(killed) < 3 * takeoverSecondsMax && !(await isTaken())) await sleep(50)
    const seconds = secondsSince(killed)
    fleet.start(dying)
    await fleet.runs(dying)
    return seconds
  }

  test(
    'clocks that are an hour apart are set right again',
    async () => {
      const wrong = begin('clocks an hour slow and an hour fast')
      await withInstallation({ name: 'clocks', now: clocks.right }, async (installation) => {
        const fleets = [
          ...(isFull ? [{ upTo: 0.3, nowOf: () => clocks.right }] : []),
          { upTo: 0.9, nowOf: (name: string) => (name === slow ? clocks.behind : clocks.ahead) },
          { upTo: 1, nowOf: () => clocks.ahead },
        ]
        let flow: Flow | undefined
        for (const { upTo, nowOf } of fleets) {
          const fleet = installation.start(ofTwoClocks, nowOf)
          await withFleet(fleet, async () => {
            for (const name of fleet.names) await fleet.runs(name)
            flow ??= await startFlow(installation, world)
            const begun = performance.now()
            flow.letUpTo(upTo)
            await flow.reached()
            if (upTo < 1) return void (await sleep(size.awayMs))
            await caughtUp(installation, clocks.ahead, fleet)
            wrong.seconds.push(secondsSince(begun))
          })
        }
        wrong.times++
        await expectAllSurvived(installation, expected.ahead, { at: clocks.ahead, otherClock: true })
        wrong.survived = true
      })
    },
    timeoutMs,
  )
})
