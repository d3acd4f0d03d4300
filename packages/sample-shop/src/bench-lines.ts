import { formatMinor } from '@perennial/contracts'
import { productsOf } from './catalogue.ts'
import { randomOf } from './random.ts'

/** Purchase and return lines as JSON text; the entries at the same index are of the same goods. */
export interface BenchLines {
  first: string[]
  /** With the comma that parts them from the line before. */
  second: string[]
  third: string[]
  /** The first line, given back. */
  returned: string[]
}

/** Writes `count` lines down once: the benchmark then measures the engine, not the making of its input. */
export function writeBenchLines(seed: number, count: number): BenchLines {
  const random = randomOf(seed, -1)
  const products = productsOf.flat()
  const lines: BenchLines = { first: [], second: [], third: [], returned: [] }
  for (let index = 0; index < count; index++) {
    const { sku, category, price } = random.pick(products)
    const quantity = 1 + random.poisson(0.4)
    const paid = `"quantity":${quantity},"amount":"${formatMinor(price * quantity, 2)}"`
    const goods = `"sku":"${sku}","category":"${category}",${paid}`
    lines.first.push(`{"lineId":"1",${goods}}`)
    lines.second.push(`,{"lineId":"2",${goods}}`)
    lines.third.push(`,{"lineId":"3",${goods}}`)
    lines.returned.push(`{"lineId":"1","sku":"${sku}",${paid}}`)
  }
  return lines
}
