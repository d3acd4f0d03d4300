import { inOrder, type Lot } from './lots.ts'
import { smaller } from './money.ts'

const accountNames = [
  'pending',
  'available',
  'held',
  'debt',
  'issued',
  'redeemed',
  'expired',
  'clawedBack',
  'adjusted',
  'transferred',
] as const
export type Account = (typeof accountNames)[number]

/** A member's points: the accounts, and the lots, spendings and debts that they are made of. */
export interface Wallet {
  accounts: Record<Account, bigint>
  /** As they were booked. */
  lots: Lot[]
  /** The oldest first. */
  debts: Debt[]
  holds: Hold[]
  redemptions: Redemption[]
}

export interface Debt {
  owed: bigint
  /** What lots have paid of it. */
  payments: { lot: Lot; points: bigint }[]
}

export interface Spending {
  /** What was taken first stands first. */
  parts: SpentPart[]
}

type SpentPart = { points: bigint } & ({ lot: Lot } | { debt: Debt })

export interface Hold extends Spending {
  id: string
  orderId: string | undefined
  lapsesAt: number
}

export interface Redemption extends Spending {
  id: string
  orderId: string | undefined
  /** As it was made. */
  points: bigint
}

export function emptyWallet(): Wallet {
  const accounts = Object.fromEntries(accountNames.map((name) => [name, 0n])) as Record<Account, bigint>
  return { accounts, lots: [], debts: [], holds: [], redemptions: [] }
}

/** Every movement has two sides. */
export function move({ accounts }: Wallet, from: Account, to: Account, points: bigint): void {
  accounts[from] -= points
  accounts[to] += points
}

/** Points become available in a lot: they pay debts first, oldest debt first. */
export function makeAvailable(wallet: Wallet, lot: Lot, from: Account, points: bigint): void {
  move(wallet, from, 'available', points)
  lot.available += points
  let left = points
  for (const debt of wallet.debts) {
    const paid = smaller(left, debt.owed)
    if (paid === 0n) continue
    move(wallet, 'available', 'debt', paid)
    lot.available -= paid
    debt.owed -= paid
    debt.payments.push({ lot, points: paid })
    left -= paid
  }
}

/** Takes from released lots in their order as much as there is. */
export function takeFromLots(wallet: Wallet, to: Account, points: bigint): { lot: Lot; points: bigint }[] {
  let missing = points
  return inOrder(wallet.lots).flatMap((lot) => {
    const taken = smaller(missing, lot.available)
    if (taken === 0n) return []
    move(wallet, 'available', to, taken)
    lot.available -= taken
    missing -= taken
    return [{ lot, points: taken }]
  })
}

export function owe(wallet: Wallet, to: Account, points: bigint): Debt {
  const debt: Debt = { owed: points, payments: [] }
  wallet.debts.push(debt)
  move(wallet, 'debt', to, points)
  return debt
}

/** Each lot that is due at an instant is released or expires then. */
export function releaseDue(wallet: Wallet, now: number): void {
  for (const lot of inOrder(wallet.lots)) {
    if (lot.pending === 0n || lot.releasesAt > now) continue
    const points = lot.pending
    lot.pending = 0n
    makeAvailable(wallet, lot, 'pending', points)
  }
}

export function expireDue(wallet: Wallet, now: number): void {
  for (const lot of inOrder(wallet.lots)) {
    if (lot.available === 0n || lot.expiresAt > now) continue
    move(wallet, 'available', 'expired', lot.available)
    lot.expired += lot.available
    lot.available = 0n
  }
}
