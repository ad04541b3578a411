export { isLoopback, type Config } from './config.ts'
export { readConfig } from './read.ts'
