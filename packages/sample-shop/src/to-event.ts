import { type CloudEvent, formatMinor } from '@perennial/contracts'
import type { Happening, Purchase } from './happening.ts'
import type { Place } from './places.ts'
import { type ShopDay, timeText } from './shop-calendar.ts'

const numbered = (place: Place, number: number) => `${place.prefix}-${String(number).padStart(6, '0')}`

function orderIdOf(purchase: Purchase): string {
  const { place, number } = purchase.repeats ?? purchase
  return `order-${numbered(place, number)}`
}

/** A happening as its place publishes it. `digits` is how many decimals the currency has. */
export function toEvent(happening: Happening, days: readonly ShopDay[], currency: string, digits: number): CloudEvent {
  const { place, number, memberId, day, second } = happening
  const envelope = {
    specversion: '1.0',
    id: numbered(place, number),
    source: place.source,
    subject: memberId,
    time: timeText(days[day] as ShopDay, second),
    datacontenttype: 'application/json',
  } as const
  switch (happening.kind) {
    case 'purchase': {
      const lines = happening.lines.map(({ sku, category, quantity, amount }, index) => ({
        lineId: String(index + 1),
        sku,
        category,
        quantity,
        amount: formatMinor(amount, digits),
      }))
      const where = { channel: place.channel, ...(place.storeId && { storeId: place.storeId }) }
      return { ...envelope, type: 'retail.purchase.v1', data: { orderId: orderIdOf(happening), ...where, currency, lines } }
    }
    case 'return': {
      const { of, namesOrder } = happening
      const lines = happening.lines.map(({ lineIndex, quantity, amount }) => ({
        ...(namesOrder && { lineId: String(lineIndex + 1) }),
        sku: of.lines[lineIndex]?.sku as string,
        quantity,
        amount: formatMinor(amount, digits),
      }))
      const order = namesOrder ? { orderId: orderIdOf(of) } : {}
      return { ...envelope, type: 'retail.return.v1', data: { returnId: `return-${envelope.id}`, ...order, currency, lines } }
    }
    case 'enrolment': {
      const { channel, acquisition, birthday } = happening
      return { ...envelope, type: 'retail.member.enrolled.v1', data: { channel, acquisition, ...(birthday && { birthday }) } }
    }
    case 'engagement': {
      const { activity, reviewed, value } = happening
      const review = reviewed && { reference: orderIdOf(reviewed), value }
      return { ...envelope, type: 'retail.engagement.v1', data: { activity, ...review } }
    }
  }
}
