export * from './backtest-shop.ts'
export { fitOptionsOf, type LearnOptions, type LearnProgress, type Learnt, learn } from './learn.ts'
export * from './shop-snapshots.ts'
