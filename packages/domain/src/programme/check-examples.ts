import { didYouMean, type Example, type Expectation, type Fault, type Given, type Programme } from '@perennial/contracts'
import { currencyOf, expectationsOf } from './example-history.ts'
import { amountFault, levelFault } from './faults.ts'

/** Examples that could not happen as they are written: amounts, orders and levels that there are not. */
export function checkExamples(programme: Programme): Fault[] {
  return (programme.examples ?? []).flatMap((example, index) => {
    const field = `examples[${index}]`
    const orders = example.given.flatMap((given) => ('bought' in given && given.order !== undefined ? [given.order] : []))
    return [
      ...example.given.flatMap((given, place) => inside(`${field}.given[${place}]`, checkGiven(given, orders, programme))),
      ...expectedBy(example).flatMap(([then, expected]) => inside(`${field}.${then}`, checkExpected(expected, programme))),
    ]
  })
}

/** What is wrong below a field, by the rest of its name. */
type FaultWithin = [rest: string, message: string | undefined]

function inside(field: string, faults: readonly FaultWithin[]): Fault[] {
  return faults.flatMap(([rest, message]) => (message === undefined ? [] : [{ field: `${field}${rest}`, message }]))
}

function expectedBy({ then }: Example): [field: string, expected: Expectation][] {
  return expectationsOf(then).map((expected, index) => [Array.isArray(then) ? `then[${index}]` : 'then', expected])
}

function checkGiven(given: Given, orders: readonly string[], programme: Programme): FaultWithin[] {
  if ('granted' in given) return [['.granted', levelFault(given.granted, programme)]]
  if ('bought' in given) return checkGoods('bought', given.bought, given, programme)
  if ('returned' in given) return [...checkGoods('returned', given.returned, given, programme), ['.order', orderFault(given.order, orders)]]
  return 'redeemed' in given ? [['.order', orderFault(given.order, orders)]] : []
}

function orderFault(order: string | undefined, orders: readonly string[]): string | undefined {
  if (order === undefined || orders.includes(order)) return undefined
  return `no order named ${order} is bought in this example${didYouMean(order, orders)}`
}

type GoodsOf = Pick<Extract<Given, { bought: unknown }>, 'bought' | 'of' | 'category' | 'quantity' | 'currency'>

function checkGoods(field: string, goods: GoodsOf['bought'], given: Omit<GoodsOf, 'bought'>, programme: Programme): FaultWithin[] {
  const currency = currencyOf(given, programme)
  if (typeof goods === 'string') return [[`.${field}`, amountFault(goods, currency)]]
  const beside = (['of', 'category', 'quantity'] as const).filter((name) => given[name] !== undefined)
  return [
    ...goods.map(({ amount }, index): FaultWithin => [`.${field}[${index}].amount`, amountFault(amount, currency)]),
    ...beside.map((name): FaultWithin => [`.${name}`, 'does not go with a list of lines']),
  ]
}

function checkExpected({ tier, nextTier, ending }: Expectation, programme: Programme): FaultWithin[] {
  const named: [string, string | null | undefined][] = [
    ['.tier', tier],
    ['.nextTier', nextTier],
    ['.ending.to', ending?.to],
  ]
  return named.map(([field, name]) => [field, typeof name === 'string' ? levelFault(name, programme) : undefined])
}
