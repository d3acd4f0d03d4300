import { daysInWords } from '@perennial/domain'
import { quietness } from './quiet-stages.ts'
import type { StageChange } from './stage-changes.ts'

/** Why a member came into a stage, in a sentence for people. */
export function because(change: StageChange): string {
  const { stage, reason, shoppingDays, silenceDays, rhythmDays } = change
  const bought = `bought on ${daysInWords(shoppingDays)}`
  switch (reason) {
    case 'joined':
      return 'has not bought yet'
    case 'purchase':
      return bought
    case 'came-back':
      return `bought again after ${daysInWords(silenceDays)} of silence; usual would be every ${daysInWords(rhythmDays)}`
    case 'silence':
      return silent(change)
    case 'return':
      if (shoppingDays === 0) return 'brought back everything'
      return quietness(stage) === -1 ? `after a return: ${bought}` : `after a return: ${silent(change)}`
  }
}

function silent({ shoppingDays, silenceDays, rhythmDays }: StageChange): string {
  // One shopping day shows no rhythm: what is usual is the shop's.
  if (shoppingDays === 1) return `bought once, silent for ${daysInWords(silenceDays)}; usual would be every ${daysInWords(rhythmDays)}`
  return `silent for ${daysInWords(silenceDays)}; usual would be every ${daysInWords(rhythmDays)}`
}
