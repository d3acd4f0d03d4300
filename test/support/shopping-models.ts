import { projectors } from '@perennial/projectors'

const all = ['lifecycle', 'churn-risk', 'value'] as const

/** The read models that say how members shop: those of them that have a projector. */
export const shoppingModels = all.filter((model) => projectors.some(({ name }) => name === model))
