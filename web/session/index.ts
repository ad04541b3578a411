export { ApiProblem, isPassing, isUnanswered, isSignedOut, type FailureCode } from './problem.ts'
export { serverNow } from './clock.ts'
export { keys } from './keys.ts'
export {
  callQuery,
  contactsQuery,
  decisionsQuery,
  departmentsQuery,
  demoAccountsQuery,
  demoNumbersQuery,
  ledgerQuery,
  liveCallsQuery,
  memberPagesQuery,
  memberQuery,
  membersQuery,
  minutesQuery,
  missedQuery,
  networkQuery,
  numbersQuery,
  organizationQuery,
  plansQuery,
  poolPagesQuery,
  poolQuery,
  recordsQuery,
  sessionQuery,
  subscriptionsQuery,
  type DecisionFilter,
  type MemberFilter,
  type RecordFilter,
} from './queries.ts'
export {
  attachToCall,
  becomeHandset,
  changeOwn,
  createMember,
  declineCall,
  hangUpCall,
  holdCall,
  placeCall,
  resumeCall,
  ringScreen,
  saveContact,
  seeMissed,
  sendDigitsToCall,
  signIn,
  signOut,
  type Callee,
  type CallKind,
  type Handset,
  type PlacedCall,
  type Ring,
} from './actions.ts'
export {
  changeDepartment,
  changeMember,
  changeOrganization,
  createDepartment,
  removeDepartment,
  resetPassword,
  type Seen,
} from './changes.ts'
export { applyCall, useLive } from './updates.ts'
export { useTalkable } from './minutes.ts'
export { useLiveState, type LiveState } from './live.ts'
export { hangUp, useHangUps, type HangUp } from './hang-ups.ts'
export { closeMicrophone, MicrophoneProblem, openMicrophone, type MicrophoneFault } from './sip/microphone.ts'
export { CALL_WAITING, playCadence, playRemote, RING, RING_BACK } from './sip/sound.ts'
export { keepRingtone, mayChooseSpeaker, playRingtone, ringtone, type Ringtone } from './sip/ringtone.ts'
export { isFromMe, isMine, isRingingAt, otherOf } from './whose.ts'
export { leavePush, renewPush, turnPushOff, turnPushOn, usePush, type PushState } from './push.ts'
export { showMessage, useAnswerWish } from './messages.ts'
export { addressOf, connectAgent, IN_SPEECH, mediaOptions, prepareAgent } from './sip/agent.ts'
export {
  closeSpeech,
  isCarried,
  listenTo,
  microphoneOf,
  openSpeech,
  pressInSpeech,
  restMicrophone,
  setMuted,
  takeCarried,
  useSpeeches,
  whetherAnswered,
  type Speech,
} from './sip/speech.ts'
export { emergencyRefusal, keepEmergencyPlan } from './emergency.ts'
export { useDialled } from './dialled.ts'
export { useFound } from './people-sought.ts'
