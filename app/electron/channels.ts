/** Requests from the page, answered by ipc-host.ts: a request envelope in, a response envelope out. */
export const callChannel = 'strata:call'

/** Event envelopes to the page. */
export const eventChannel = 'strata:event'
