/**
 * What a telephone company does with a call, as SIPp scenarios for its answering side. Each answers OPTIONS too, by
 * which the engine sees whether a trunk lives.
 */
const DIALOG = `[last_Via:]
      [last_From:]
      [last_To:];tag=[pid]t[call_number]
      [last_Call-ID:]
      Contact: <sip:[local_ip]:[local_port];transport=[transport]>`

const SPEECH = `Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=- 1 1 IN IP4 [local_ip]
      s=-
      c=IN IP4 [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 8 101
      a=rtpmap:8 PCMA/8000
      a=rtpmap:101 telephone-event/8000
      a=fmtp:101 0-15`

type Answer = { readonly body?: string; readonly isFinal?: boolean; readonly of?: string }

/** A final answer is sent again until the ACK comes (RFC 3261, 17.2.1). */
const answer = (
  status: string,
  { body = 'Content-Length: 0', isFinal = false, of = '[last_CSeq:]' }: Answer = {},
): string =>
  `<send${isFinal ? ' retrans="500"' : ''}><![CDATA[
      SIP/2.0 ${status}
      ${DIALOG}
      ${of}
      ${body}

  ]]></send>`

const takes = (request: string): string => `<recv request="${request}"/>`
const pause = (ms: number): string => `<pause milliseconds="${ms}"/>`

/** Asterisk's Contact is where it wants requests of the dialog. */
const HANG_UP = `<send retrans="500"><![CDATA[
      BYE [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: [$called];tag=[pid]t[call_number]
      To: [$caller]
      [last_Call-ID:]
      CSeq: 2 BYE
      Max-Forwards: 70
      Content-Length: 0

  ]]></send>
  <recv response="200"/>`

const REMEMBERS_PARTIES = `<action>
      <ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>
      <ereg regexp=".*" search_in="hdr" header="To:" assign_to="called"/>
    </action>`

const scenario = (...steps: readonly string[]): string => `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="telephone company">
  <recv request="OPTIONS" optional="true" next="options"/>
  <recv request="INVITE" rrs="true" next="call">${REMEMBERS_PARTIES}</recv>
  <label id="call"/>
  <nop><action><assignstr assign_to="unused" value="[$caller][$called]"/></action></nop>
  ${steps.join('\n  ')}
  <nop next="end"/>
  <label id="options"/>
  ${answer('200 OK')}
  <label id="end"/>
  <Reference variables="caller,called,unused"/>
</scenario>
`

const trying = answer('100 Trying')
const ringing = answer('180 Ringing')
const picksUp = `${answer('200 OK', { body: SPEECH, isFinal: true })}${takes('ACK')}`

/** Refuses, as `503 Service Unavailable` or `486 Busy Here`. */
export const refuses = (status: string): string => scenario(trying, answer(status, { isFinal: true }), takes('ACK'))

/** Not a word. */
export const isSilent = scenario('<recv request="CANCEL" timeout="120000"/>')

/** Takes the call, and then takes its time: 100 and nothing else for so long, then rings and answers. */
export const isSlow = (ms: number): string =>
  scenario(trying, pause(ms), ringing, picksUp, takes('BYE'), answer('200 OK'))

/** Rings until it is cancelled. */
export const rings = scenario(trying, ringing, takes('CANCEL'), answer('200 OK'))

/** Rings for a while, then answers, echoes the speech, and waits for our BYE. */
export const answersAfter = (ms: number): string =>
  scenario(trying, ringing, pause(ms), picksUp, takes('BYE'), answer('200 OK'))

/** Answers, and hangs up after a while. */
export const hangsUpAfter = (ms: number): string => scenario(trying, ringing, picksUp, pause(ms), HANG_UP)

/** An announcement, then a refusal. */
export const refusesAfterEarlyMedia = (status: string): string =>
  scenario(
    trying,
    answer('183 Session Progress', { body: SPEECH }),
    pause(300),
    answer(status, { isFinal: true }),
    takes('ACK'),
  )

/** Its 200 and our CANCEL pass each other on the way (RFC 3261, 9.1). */
export const answersTheCancel = scenario(
  trying,
  ringing,
  takes('CANCEL'),
  answer('200 OK', { of: 'CSeq: [cseq] CANCEL' }),
  answer('200 OK', { body: SPEECH, isFinal: true, of: 'CSeq: [cseq] INVITE' }),
  takes('ACK'),
  takes('BYE'),
  answer('200 OK'),
)
