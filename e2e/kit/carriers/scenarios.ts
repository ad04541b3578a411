/**
 * What a carrier does with a call, as SIPp scenarios (the answering side). OPTIONS, by which the engine sees whether a
 * trunk lives, is answered beside.
 */
const COPIED = `[last_Via:]
      [last_From:]
      [last_To:];tag=[pid]SIPpTag[call_number]
      [last_Call-ID:]
      [last_CSeq:]
      Contact: <sip:[local_ip]:[local_port];transport=[transport]>`

const SDP = `Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=carrier 1 1 IN IP4 [local_ip]
      s=-
      c=IN IP4 [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 8 101
      a=rtpmap:8 PCMA/8000
      a=rtpmap:101 telephone-event/8000
      a=fmtp:101 0-15
      a=sendrecv`

const send = (status: string, body = 'Content-Length: 0', retransmits = false): string => `
  <send${retransmits ? ' retrans="500"' : ''}><![CDATA[
      SIP/2.0 ${status}
      ${COPIED}
      ${body}

  ]]></send>`

const scenario = (steps: string): string => `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="carrier">
  <recv request="OPTIONS" optional="true" next="options"/>
  <recv request="INVITE" next="call"/>
  <label id="call"/>
  ${steps}
  <nop next="end"/>
  <label id="options"/>
  ${send('200 OK')}
  <label id="end"/>
</scenario>
`

const trying = send('100 Trying')
const ack = '<recv request="ACK" optional="false"/>'

/** Refuses at once, as `503 Service Unavailable` or `486 Busy Here`. */
export const refuses = (status: string): string => scenario(`${trying}${send(status, undefined, true)}${ack}`)

/** Not a word: as a carrier that is gone, or behind a broken firewall. */
export const silent = scenario('<recv request="CANCEL" timeout="120000"/>')

/** Rings, answers, echoes every packet of speech, and waits for our BYE. */
export const answers = scenario(`${trying}${send('180 Ringing')}${send('200 OK', SDP, true)}${ack}
  <recv request="BYE"/>${send('200 OK')}`)

/** Rings until it is cancelled. */
export const rings = scenario(`${trying}${send('180 Ringing')}
  <recv request="CANCEL"/>${send('200 OK')}`)
