export { demoAccounts, isDemoPassword, type DemoAccount } from './accounts.ts'
export { withSimulatedTrunks, type SimulatedCarrier } from './network.ts'
export { demoNumbers, type DemoNumber } from './numbers.ts'
export { seedDemo, type SeedParts } from './seed.ts'
