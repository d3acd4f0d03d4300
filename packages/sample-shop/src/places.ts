/** Where events come from: each place is a CloudEvents source with its own running numbers. */
export interface Place {
  source: string
  /** Begins the ids that the place gives: `leeds-1-000042`. */
  prefix: string
  channel: 'store' | 'web' | 'app' | 'marketplace' | 'crm'
  storeId?: string
  /** When what happened here is published: at once unless said otherwise. */
  reports: 'at-once' | 'unless-offline' | 'weekly'
}

const till = (city: string, number: number): Place => ({
  source: `/shop/${city}/till-${number}`,
  prefix: `${city}-${number}`,
  channel: 'store',
  storeId: city,
  reports: 'unless-offline',
})

export const stores: readonly { storeId: string; tills: readonly Place[] }[] = [
  { storeId: 'leeds', tills: [till('leeds', 1), till('leeds', 2), till('leeds', 3)] },
  { storeId: 'york', tills: [till('york', 1), till('york', 2)] },
  { storeId: 'bristol', tills: [till('bristol', 1), till('bristol', 2)] },
  { storeId: 'camden', tills: [till('camden', 1), till('camden', 2), till('camden', 3)] },
]

export const web: Place = { source: '/shop/web', prefix: 'web', channel: 'web', reports: 'at-once' }
export const app: Place = { source: '/shop/app', prefix: 'app', channel: 'app', reports: 'at-once' }
/** Sells for the shop, and tells it on Mondays what it sold. */
export const marketplace: Place = { source: '/marketplace', prefix: 'mp', channel: 'marketplace', reports: 'weekly' }
export const crm: Place = { source: '/crm', prefix: 'crm', channel: 'crm', reports: 'at-once' }
/** Knows of members who come in without buying. */
export const beacons: Place = { source: '/shop/beacons', prefix: 'beacon', channel: 'store', reports: 'at-once' }
export const reviews: Place = { source: '/reviews', prefix: 'review', channel: 'web', reports: 'at-once' }
