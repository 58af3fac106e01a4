/** How a request stands in the memory that an agent shares with this process. Offsets in bytes; numbers are of the machine's order. */

/** 32 bits: 1 where there is a request. The agent takes it away. */
export const REQUEST = 0;
/** 32 bits, one of the three below. The kernel writes GONE where the agent has become another program, or has ended. */
export const ANSWER = 4;
export const GONE = 0;
export const AWAITED = 1;
export const ANSWERED = 2;
/** How many calls the request has. */
export const COUNT = 8;
/** The address of the time (struct timespec) after which the agent waits no longer, or 0. */
export const PATIENCE = 16;
export const TIMESPEC = 24;
/** 32 bits, for what wait4() says of a child. */
export const STATUS = 40;
/** Where the calls begin. */
export const CALLS = 64;

/** A call: its number, six arguments, and the rest. */
export const CALL = { number: 0, arguments: 8, child: 56, result: 64 } as const;
export const CALL_BYTES = 80;
export const mostCalls = 96;

export const mailboxBytes = 8192;

/** How often an agent looks for a request before it sleeps: for some tens of microseconds, so that one that is in the middle of work need not be woken. */
export const LOOKS = 200;
