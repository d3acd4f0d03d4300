import type { Command } from 'commander'
import { addKeyOption, decideAndTell, numberOf, readFields, withDecisions } from '../decide.ts'
import { describeDecided, describeOpen, describePooled, type Open } from '../output/describe-decision.ts'
import { answer } from '../output/print.ts'

interface Options {
  order?: string
  orderAmount?: string
  lapsesIn?: string
  points?: string
  reason?: string
  by?: string
}

/** Spending, correcting and moving points. Each command takes what its address of the HTTP API takes. */
export function pointsCommand(program: Command): void {
  const points = program.command('points').description('hold, redeem, adjust and move points of a member')
  spendingCommands(points)
  correctingCommands(points)
  movingCommands(points)

  points
    .command('open')
    .description('holds that can be captured, redemptions that can be cancelled, adjustments that wait for approval')
    .argument('<member>', 'member id')
    .action(async (member: string, _options: unknown, command: Command) => {
      await withDecisions(command, async (decisions, { json }) => {
        const open: Open = {
          memberId: member,
          holds: (await decisions.openHolds(member)).rows,
          redemptions: (await decisions.openRedemptions(member)).rows,
          adjustments: (await decisions.waitingAdjustments(member)).rows,
        }
        answer(json, open, () => describeOpen(open))
      })
    })
}

function spendingCommands(points: Command): void {
  const hold = points
    .command('hold')
    .description('set points aside for an order that is being paid; the hold lapses by itself')
    .argument('<member>', 'member id')
    .argument('<points>', 'how many')
    .option('--lapses-in <time>', 'such as PT15M; not longer than the programme lets it')
  addOrderOptions(hold).action(async (member: string, number: string, options: Options, command: Command) => {
    const { order: orderId, orderAmount, lapsesIn } = options
    const request = readFields('hold', { points: numberOf(number), orderId, orderAmount, lapsesIn })
    await decideAndTell(command, (decisions, key) => decisions.decide(member, key, { command: 'hold', ...request }), describeDecided)
  })

  const capture = points
    .command('capture')
    .description('the order is paid: redeem what was held, give back what is left of it')
    .argument('<member>', 'member id')
    .argument('<hold>', 'the key of the hold')
    .option('--points <number>', 'fewer than were held')
  addKeyOption(capture).action(async (member: string, hold: string, options: Options, command: Command) => {
    const request = readFields('capture', { points: numberOf(options.points) })
    await decideAndTell(
      command,
      (decisions, key) => decisions.decide(member, key, { command: 'capture', hold, ...request }),
      describeDecided,
    )
  })

  const release = points
    .command('release')
    .description('the order came to nothing: give back what was held')
    .argument('<member>', 'member id')
    .argument('<hold>', 'the key of the hold')
  addKeyOption(release).action(async (member: string, hold: string, _options: Options, command: Command) => {
    await decideAndTell(command, (decisions, key) => decisions.decide(member, key, { command: 'release', hold }), describeDecided)
  })

  const redeem = points
    .command('redeem')
    .description('spend points in one step')
    .argument('<member>', 'member id')
    .argument('<points>', 'how many')
  addOrderOptions(redeem).action(async (member: string, number: string, options: Options, command: Command) => {
    const { order: orderId, orderAmount } = options
    const request = readFields('redeem', { points: numberOf(number), orderId, orderAmount })
    await decideAndTell(command, (decisions, key) => decisions.decide(member, key, { command: 'redeem', ...request }), describeDecided)
  })

  const cancel = points
    .command('cancel')
    .description('give points of a redemption back to the lots that they came from')
    .argument('<member>', 'member id')
    .argument('<redemption>', 'the key of the redemption, or of the hold that was captured')
    .option('--points <number>', 'not all that is left of it')
    .option('--reason <code>', 'a code word')
  addKeyOption(cancel).action(async (member: string, redemption: string, options: Options, command: Command) => {
    const request = readFields('cancel', { points: numberOf(options.points), reason: options.reason })
    const decide = { command: 'cancel', redemption, ...request } as const
    await decideAndTell(command, (decisions, key) => decisions.decide(member, key, decide), describeDecided)
  })
}

function addOrderOptions(command: Command): Command {
  return addKeyOption(command)
    .option('--order <id>', 'the order that is paid: a return of it gives the points back')
    .option('--order-amount <amount>', 'what the order costs, such as 12.50')
}

function correctingCommands(points: Command): void {
  const adjust = points
    .command('adjust')
    .description('give points by hand, or take them with a number below 0; many of them wait for a second person')
    .argument('<member>', 'member id')
    .argument('<points>', 'how many, such as 100 or -100')
    .requiredOption('--reason <code>', 'a code word such as goodwill')
    .requiredOption('--by <who>', 'id of the person who decides')
  addKeyOption(adjust).action(async (member: string, number: string, { reason, by }: Options, command: Command) => {
    const request = readFields('adjust', { points: numberOf(number), reason, by })
    await decideAndTell(command, (decisions, key) => decisions.decide(member, key, { command: 'adjust', ...request }), describeDecided)
  })

  for (const name of ['approve', 'reject'] as const) {
    const answering = points
      .command(name)
      .description(name === 'approve' ? 'approve an adjustment that another person proposed' : 'reject an adjustment that was proposed')
      .argument('<member>', 'member id')
      .argument('<adjustment>', 'the key of the proposal')
      .requiredOption('--by <who>', 'id of the person who decides')
    addKeyOption(answering).action(async (member: string, adjustment: string, { by }: Options, command: Command) => {
      const request = readFields(name, { by })
      await decideAndTell(
        command,
        (decisions, key) => decisions.decide(member, key, { command: name, adjustment, ...request }),
        describeDecided,
      )
    })
  }
}

function movingCommands(points: Command): void {
  const transfer = points
    .command('transfer')
    .description('give points to another member, with the expiry that they have')
    .argument('<from>', 'member id')
    .argument('<to>', 'member id')
    .argument('<points>', 'how many')
  addKeyOption(transfer).action(async (from: string, to: string, number: string, _options: Options, command: Command) => {
    const request = readFields('transfer', { to, points: numberOf(number) })
    await decideAndTell(command, (decisions, key) => decisions.decide(from, key, { command: 'transfer', ...request }), describeDecided)
  })

  const pool = points
    .command('pool')
    .description('give everything that some members can spend to one of them')
    .argument('<into>', 'member id')
    .argument('<from...>', 'member ids')
  addKeyOption(pool).action(async (into: string, from: string[], _options: Options, command: Command) => {
    const request = readFields('pool', { into, from })
    await decideAndTell(command, (decisions, key) => decisions.pool(key, request), describePooled)
  })
}
