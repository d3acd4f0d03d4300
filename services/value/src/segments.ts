import type { ValueSegment } from '@perennial/contracts'

type Score = 1 | 2 | 3 | 4 | 5

/**
 * What a group is called: by recency (rows, the most recent first) and by the mean of frequency and money (columns, the
 * least first). This is the widely used map of ten RFM segments, a complete 5 × 5 table, with one change: of those that
 * it calls hibernating, the members who score 1 in everything are `lost`, so that nobody spends on winning back who was
 * never much of a customer.
 *
 * The map is most often read with frequency alone; the mean takes money in, so that a member who came once and spent a
 * lot is no beginner.
 */
// biome-ignore format: a table
const segments: Record<Score, readonly [ValueSegment, ValueSegment, ValueSegment, ValueSegment, ValueSegment]> = {
  5: ['new',            'potential-loyal', 'potential-loyal', 'champions', 'champions'],
  4: ['promising',      'potential-loyal', 'potential-loyal', 'loyal',     'loyal'],
  3: ['about-to-sleep', 'about-to-sleep',  'need-attention',  'loyal',     'loyal'],
  2: ['hibernating',    'hibernating',     'at-risk',         'at-risk',   'cannot-lose'],
  1: ['lost',           'hibernating',     'at-risk',         'at-risk',   'cannot-lose'],
}

/** Scores are whole, 1 to 5; without one for money, frequency stands for both. The mean is rounded half up. */
export function segmentOf(scores: { recency: number; frequency: number; monetary: number | null }): ValueSegment {
  const { recency, frequency, monetary } = scores
  const others = Math.round((frequency + (monetary ?? frequency)) / 2)
  return segments[recency as Score][others - 1] as ValueSegment
}
