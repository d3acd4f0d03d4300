import { type PhaseName, type PhaseOptions, phases } from './phases.ts'

/** A child process: runs the one phase that it is told, answers what it measured, and ends. */
process.once('message', async ({ phase, options }: { phase: PhaseName; options: PhaseOptions }) => {
  const measured = await phases[phase](options)
  // maxRSS is in kilobytes.
  process.send?.({ ...measured, peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024) }, () => process.exit(0))
})
