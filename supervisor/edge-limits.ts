/** What one edge takes on, and how long it waits. All counts are inclusive, all times ms. */
export const edgeLimits = {
  /** Open SIP WebSockets. Each costs the engine a thread. */
  sipPipes: 2_000,
  /** A member has a tab or two and a reload under way. */
  sipPipesPerMember: 10,
  /** An office behind one address calls from there. */
  sipPipesPerAddress: 256,
  /** TCP connections, idle ones too; each is a descriptor here and another towards server or engine. */
  connections: 8_192,
  /** From one address. Trusted proxies are not counted: everybody comes from theirs. */
  connectionsPerPeer: 1_024,
  /** A connection that says nothing, or half a request head, is closed after it. */
  headersMs: 10_000,
  /** From the first byte of a request to the last of its body. */
  requestMs: 30_000,
  /** The server's own limit (`bodyLimit`). It closes when it refuses, and its answer is lost on who still writes. */
  bodyBytes: 100_000,
  /** Between requests. Longer than proxies keep theirs (nginx: 60 s), so that it is they who close. */
  keepAliveMs: 65_000,
  /** In mid-answer: a client that reads no more. WebSockets have their pings instead. */
  stalledMs: 75_000,
  /** How often the above are looked at. */
  checkEveryMs: 1_000,
  /** From our upgrade request to the complete answer of server or engine. */
  upgradeMs: 10_000,
  /** A browser in a long call says nothing by itself: it is pinged, and answers (RFC 6455, 5.5.2). */
  pingEveryMs: 25_000,
  /** A SIP WebSocket from which no frame came for so long is closed. More than two pings. */
  silentMs: 60_000,
}

export type EdgeLimits = typeof edgeLimits
