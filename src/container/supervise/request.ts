import type { Resources } from "../../sandbox/mod.ts";
import type { Membership } from "../network/connection.ts";
import type { RestartPolicy } from "../restart-policy.ts";

/** What is asked of whoever runs a container, over its control socket. */
export type ControlRequest =
  | { readonly do: "signal"; readonly signal: NodeJS.Signals }
  /** Ends it: with the signal, and after the time with SIGKILL. Not started again. Answered when it has ended. */
  | { readonly do: "stop"; readonly signal: NodeJS.Signals; readonly timeoutMs: number }
  | { readonly do: "pause" | "unpause" }
  /** Its settings from now on; limits that hold at once are set by whoever asks. */
  | { readonly do: "update"; readonly resources: Resources; readonly restart?: RestartPolicy }
  /** Answered when it ends the next time. */
  | { readonly do: "wait" }
  /** Checks its health now; answered with what the check ended with. */
  | { readonly do: "check" }
  /** Makes it a member of another network, or ends that. */
  | { readonly do: "join"; readonly membership: Membership }
  | { readonly do: "leave"; readonly network: string }
  /** Output follows in frames, and input is taken; answered when it has ended. */
  | { readonly do: "attach"; readonly stdin: boolean };

export type ControlAnswer =
  | { readonly ok: true; readonly exitCode?: number }
  /** Between two runs, or just before the first or after the last. */
  | { readonly ok: false; readonly error?: { readonly message: string; readonly hint?: string } };
