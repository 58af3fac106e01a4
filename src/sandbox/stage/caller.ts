import { messageOf } from "../../lib/errors.ts";
import { type StageEvent, StageFailure } from "./plan.ts";
import { OverlayRefused } from "./root.ts";

/** What a stage has of whoever started it. */
export interface StageCaller {
  report(event: StageEvent): void;
  /** The program's stdin, stdout and stderr. */
  readonly stdio: readonly [number, number, number];
  /** Where events go, for who has nothing but descriptors. */
  readonly status: number;
  /** The socket that the master side of a terminal is sent over, with a terminal. */
  readonly terminal: number;
}

/** What is reported of a failure, and the code to end with. */
export function failureOf(error: unknown): { readonly event: StageEvent; readonly exitCode: number } {
  if (error instanceof OverlayRefused)
    return { event: { event: "overlay-refused", errno: error.errno }, exitCode: 125 };
  if (!(error instanceof StageFailure))
    return { event: { event: "failed", exitCode: 125, message: messageOf(error) }, exitCode: 125 };
  const { exitCode, message, hint } = error;
  return {
    event: { event: "failed", exitCode, message, ...(hint === undefined ? {} : { hint }) },
    exitCode,
  };
}
