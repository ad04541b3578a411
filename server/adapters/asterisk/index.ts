export { Ari, AriRefused } from './ari.ts'
export { EngineUnreachable, type AriAddress } from './ari-socket.ts'
export { SipConfiguration, type BrowserUser, type Handset } from './configuration.ts'
export { AsteriskEngine } from './engine.ts'
