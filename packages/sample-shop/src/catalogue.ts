/** What the shop sells. Prices are minor units of whatever currency the shop takes: 250 is 2.50 in GBP. */
export interface Product {
  sku: string
  category: string
  price: number
  /** Sold by weight: the price is for one kilogram. */
  weighed?: true
}

const shelves: Record<string, [sku: string, price: number, weighed?: true][]> = {
  organic: [
    ['organic-oats-1kg', 285],
    ['organic-milk-2l', 210],
    ['organic-eggs-12', 465],
    ['organic-apples', 320, true],
    ['organic-carrots', 145, true],
    ['organic-salmon', 2450, true],
    ['organic-cotton-shirt', 2900],
  ],
  'fair-trade': [
    ['fair-coffee-500g', 899],
    ['fair-tea-80', 375],
    ['fair-chocolate-100g', 260],
    ['fair-bananas', 185, true],
    ['fair-cocoa-250g', 420],
    ['fair-woven-basket', 3200],
  ],
  grocery: [
    ['bread-wholemeal', 165],
    ['butter-250g', 235],
    ['cheddar-mature', 980, true],
    ['tomatoes', 340, true],
    ['chicken-breast', 890, true],
    ['pasta-500g', 95],
    ['olive-oil-1l', 799],
    ['honey-340g', 425],
  ],
  household: [
    ['washing-liquid', 750],
    ['kitchen-roll-4', 320],
    ['candle-beeswax', 1250],
    ['tea-towels-3', 1100],
  ],
  beauty: [
    ['hand-cream', 895],
    ['shampoo-bar', 750],
    ['face-oil', 2400],
    ['soap-lavender', 450],
  ],
  clothing: [
    ['socks-3', 1200],
    ['jumper-wool', 6900],
    ['jeans', 5500],
    ['raincoat', 11_900],
    ['scarf', 2500],
  ],
  home: [
    ['mug-stoneware', 1400],
    ['plate-set-4', 4200],
    ['lamp-desk', 5900],
    ['blanket-wool', 8500],
    ['coffee-machine', 24_900],
  ],
  gift: [
    ['card-birthday', 350],
    ['wrapping-paper', 395],
    ['jigsaw-1000', 1699],
    ['chocolate-box', 1250],
    ['hamper', 7500],
  ],
}

/** How much of what is sold is of each category, in the order of the shelves. */
export const categoryShares = [14, 8, 34, 12, 8, 8, 5, 7]

export const productsOf: readonly (readonly Product[])[] = Object.entries(shelves).map(([category, products]) =>
  products.map(([sku, price, weighed]) => ({ sku, category, price, ...(weighed && { weighed }) })),
)
