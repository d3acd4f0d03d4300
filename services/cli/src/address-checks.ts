import type { AddressCheck } from '@perennial/configuration'
import type { AddressField } from '@perennial/contracts'

/** How the adapters read addresses. Each is loaded only where its server was chosen. */
export const addressChecks: Readonly<Record<AddressField, AddressCheck>> = {
  async bus(address) {
    const { readKafkaAddress } = await import('@perennial/kafka/address')
    readKafkaAddress(address)
  },
  async eventStore(address) {
    const { readAddress } = await import('@perennial/kurrentdb/address')
    readAddress(address)
  },
  async readStore(address) {
    const { checkAddress } = await import('@perennial/postgres/address')
    checkAddress(address)
  },
}
