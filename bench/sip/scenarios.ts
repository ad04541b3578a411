import { SIP_ACCOUNT } from '../stage.ts'

const sdp = (port: string): string => `Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=bench 1 1 IN IP4 [local_ip]
      s=-
      c=IN IP4 [media_ip]
      t=0 0
      m=audio ${port} RTP/AVP 8
      a=rtpmap:8 PCMA/8000`
/** Where one socket for all calls sends back what it hears, if SIPp was told so. */
const SDP = sdp('[media_port]')
/** A socket for each call, which speaks. */
const SPEAKING_SDP = sdp('[rtpstream_audio_port]')

/** From the ACK to the BYE. */
const TALK_MS = 100

type Request = { readonly method: 'INVITE' | 'ACK' | 'BYE'; readonly sequence: number; readonly rest: string }

/** `$2` is what is dialled, `$4` the user. */
const request = ({ method, sequence, rest }: Request, to = '[last_To:]'): string => `
  <send${method === 'ACK' ? '' : ' retrans="500"'}><![CDATA[
      ${method} sip:[$2]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:[$4]@[local_ip]:[local_port]>;tag=[pid]SIPpTag[call_number]
      ${to}
      Call-ID: [call_id]
      CSeq: ${sequence} ${method}
      Contact: <sip:[$4]@[local_ip]:[local_port]>
      Max-Forwards: 70
      ${rest}

  ]]></send>`

const EMPTY = 'Content-Length: 0'
const TO_NEW = 'To: <sip:[$2]@[remote_ip]:[remote_port]>'
const invite = (sequence: number, rest: string): string => request({ method: 'INVITE', sequence, rest }, TO_NEW)
const credentials = `[authentication username=${SIP_ACCOUNT.username} password=${SIP_ACCOUNT.password}]
      `

const tell = (word: string): string => `
  <sendCmd><![CDATA[
    Call-ID: [call_id]
    ${word}: yes

  ]]></sendCmd>`

/**
 * A caller who is told over SIPp's "3PCC" connection whom to call as whom, one command a call, and tells there when the
 * call is over. A call that goes another way is never told of. `talk` is what happens from the ACK to the BYE.
 */
const calling = (ownSdp: string, talk: string): string => `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="caller">
  <recvCmd>
    <action>
      <ereg regexp="Dial: ([^[:space:]]+)" search_in="msg" assign_to="1,2"/>
      <ereg regexp="User: ([^[:space:]]+)" search_in="msg" assign_to="3,4"/>
    </action>
  </recvCmd>
  ${invite(1, ownSdp)}
  <recv response="100" optional="true"/>
  <recv response="401" auth="true"/>
  ${request({ method: 'ACK', sequence: 1, rest: EMPTY })}
  ${invite(2, `${credentials}${ownSdp}`)}
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200"/>
  ${request({ method: 'ACK', sequence: 2, rest: EMPTY })}
  ${talk}
  ${request({ method: 'BYE', sequence: 3, rest: EMPTY })}
  <recv response="200"/>
  ${tell('Over')}
  <Reference variables="1,3"/>
</scenario>
`

export const callerScenario = calling(SDP, `<pause milliseconds="${TALK_MS}"/>`)

/** G.711 A-law, one second of silence. */
export const SPEECH = { file: 'speech.alaw', bytes: Buffer.alloc(8_000, 0xd5) }

/** Tells that it is up, and hangs up when it gets a command for this call. */
const HELD = `${tell('Up')}
  <recvCmd/>`

export const silentScenario = calling(SDP, HELD)

/** Speaks as long as it is up. */
export const speakingScenario = calling(
  SPEAKING_SDP,
  `<nop><action><exec rtp_stream="${SPEECH.file},-1,8,PCMA/8000"/></action></nop>${HELD}`,
)

const answer = (status: string, body: string): string => `
  <send${body === EMPTY ? '' : ' retrans="500"'}><![CDATA[
      SIP/2.0 ${status}
      [last_Via:]
      [last_From:]
      [last_To:];tag=[pid]SIPpTag[call_number]
      [last_Call-ID:]
      [last_CSeq:]
      Contact: <sip:[local_ip]:[local_port]>
      ${body}

  ]]></send>`

/** Rings, answers at once, and waits for the BYE. OPTIONS, by which the engine sees that a trunk lives, too. */
export const carrierScenario = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="carrier">
  <recv request="OPTIONS" optional="true" next="options"/>
  <recv request="INVITE" next="call"/>
  <label id="call"/>
  ${answer('180 Ringing', EMPTY)}
  ${answer('200 OK', SDP)}
  <recv request="ACK"/>
  <recv request="BYE"/>
  ${answer('200 OK', EMPTY)}
  <nop next="end"/>
  <label id="options"/>
  ${answer('200 OK', EMPTY)}
  <label id="end"/>
</scenario>
`
