/** What went wrong and what to do, by the error's code, in English. */
export const errors = {
  code: "Code",
  ValidationError: { title: "Something in the form is not right", hint: "Check the marked fields." },
  Unauthorized: {
    title: "You are not signed in, or the name or password is wrong",
    hint: "Check both and sign in again.",
  },
  Forbidden: { title: "You may not do this", hint: "Ask an administrator of this server." },
  RoomNotFound: { title: "There is no such room", hint: "It may have been archived." },
  UserNotFound: { title: "There is no such user", hint: "The list may be out of date: reload it." },
  MessageNotFound: { title: "That message is gone", hint: "It may have been deleted." },
  Conflict: { title: "This name is taken", hint: "Choose another one." },
  SsoOnly: {
    title: "This server signs in through single sign-on only",
    hint: "Ask its administrator how.",
  },
  TooLarge: { title: "That is too large", hint: "Send less at once." },
  RateLimited: { title: "Too much at once", hint: "Wait a little and try again." },
  RateLimitedIn_one: "Try again in {{count}} second.",
  RateLimitedIn_other: "Try again in {{count}} seconds.",
  SsoUnavailable: { title: "Single sign-on does not answer", hint: "Try again in a minute." },
  Internal: {
    title: "The server made a mistake",
    hint: "Try again. If it stays, tell the administrator the code.",
  },
  UnknownEvent: {
    title: "This server does not know that",
    hint: "It may be older than this page: reload the page.",
  },
  NoActiveRoom: { title: "No room is open", hint: "Open a room first." },
  TargetNotInRoom: { title: "That person is no longer in the room", hint: "Nothing to do." },
  EditWindowExpired: { title: "Too late to edit", hint: "Messages can be edited for 10 minutes." },
  DeleteWindowExpired: { title: "Too late to delete", hint: "Messages can be deleted for 10 minutes." },
  RoomFull: { title: "The room is full", hint: "Wait until somebody leaves, or take another room." },
  NotInVoice: { title: "You are not in voice", hint: "Join voice first." },
  StaleEpoch: { title: "The call has changed meanwhile", hint: "Try again." },
  NoRelay: {
    title: "This server offers no relay to hide your address",
    hint: "Turn off “Hide my address” in the voice settings, or ask the administrator for a TURN server.",
  },
  NegotiationFailed: {
    title: "The call could not be set up",
    hint: "Leave voice and join again. If it stays, update the browser.",
  },
  MissingTicket: { title: "The connection was refused", hint: "Reload the page." },
  InvalidTicket: { title: "The connection was refused", hint: "Reload the page." },
  SessionReplaced: { title: "The app is open elsewhere", hint: "Reload to go on here." },
  Kicked: {
    title: "You were removed from the server",
    hint: "Ask a moderator why. You can sign in again.",
  },
  Banned: { title: "You were banned from this server", hint: "Ask an administrator." },
  ServerUnreachable: {
    title: "The server does not answer",
    hint: "Check your network. If others cannot reach it either, it is down.",
  },
  MicrophoneDenied: {
    title: "The browser may not use the microphone",
    hint: "Click the icon left of the address, allow the microphone, then try again.",
  },
  MicrophoneNotFound: {
    title: "No microphone found",
    hint: "Plug one in, or choose another in the voice settings, then try again.",
  },
  MicrophoneBusy: {
    title: "The microphone is in use",
    hint: "Close the other program that holds it, then try again.",
  },
  MicrophoneInsecure: {
    title: "No microphone over plain HTTP",
    hint: "Browsers give it to HTTPS pages and to localhost only. Open the app by its https:// address.",
  },
  PlaybackBlocked: {
    title: "The browser holds the sound back",
    hint: "It wants one click before it plays.",
  },
  MediaBlocked: {
    title: "Sound does not get through",
    hint: "The server is reached, but its media port is not: a firewall or VPN may block UDP. Try another network.",
  },
  MediaRelayBlocked: {
    title: "Sound does not get through the relay",
    hint: "Only relays (TURN) may be used here, and none was reached: a firewall or VPN may be in the way. Try another network, or stop hiding your address in the voice settings.",
  },
  SignInRefused: {
    title: "The server does not accept your sign-in any more",
    hint: "Reload the page and sign in again.",
  },
  MediaLost: {
    title: "The sound was interrupted",
    hint: "It is being restored; you do not have to do anything.",
  },
  MovedElsewhere: { title: "Voice moved to your other device", hint: "Join again to bring it back here." },
  Unknown: { title: "Something went wrong", hint: "Try again. If it stays, reload the page." },
  crashed: { title: "This page broke", hint: "Reloading usually helps. Nothing that was sent is lost." },
  inviteInvalid: {
    title: "This invite does not work",
    hint: "It was used up, has expired or was revoked. Ask for a new one.",
  },
  fieldName: "2 to 32 visible characters",
  fieldPassword: "At least 8 characters.",
  fieldSlug: "3 to 48 of a–z, 0–9 and the hyphen.",
  fieldTitle: "3 to 120 characters.",
};
