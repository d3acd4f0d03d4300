import { projectors } from '@perennial/projectors'
import type { Adapters } from './adapters.ts'
import { lagOf } from './lag-of.ts'

/** So long, work that nobody takes on is left to others who may be about to. */
const patienceMs = 5_000

/**
 * Answers, whenever it is asked, whether other processes do the work of a service that several may run at the same time.
 * Who holds partitions of a projector is written down. Nobody says who ingests: as long as what is left becomes less
 * from time to time, somebody does.
 */
export function whetherOthersRun(name: string, adapters: Adapters): () => Promise<boolean> {
  const projector = projectors.find((candidate) => candidate.name === name)
  const readStore = adapters.readStores.get(name)
  if (projector && readStore) {
    const own = adapters.sharing.partitions?.owner
    return async () => {
      const leases = await (await readStore.live(projector)).leases()
      return leases.some(({ owner, over }) => owner !== own && !over)
    }
  }
  let least = Number.POSITIVE_INFINITY
  let since = Date.now()
  return async () => {
    const left = await lagOf(name, adapters)
    if (left < least) {
      least = left
      since = Date.now()
    }
    return Date.now() - since < patienceMs
  }
}
