/** Where points come from. */
export type Source =
  | { order: OrderName }
  | { activity: string; reference?: string }
  | { adjustment: string }
  | { transfer: string; from: string }

export interface OrderName {
  source: string
  orderId: string
}
