/**
 * Whether everything is tried, as `npm run test:faults` asks for, or the short form that is part of `npm test`. The
 * variable is taken away: to the command line, one that it does not know is a mistake.
 */
export const isFull = process.env.PERENNIAL_FAULTS === 'full'
delete process.env.PERENNIAL_FAULTS
