import { KasaneError } from "../../lib/mod.ts";
import type { Flag, ParsedFlags } from "../flags.ts";

const streams = ["stdin", "stdout", "stderr"] as const;
export type AttachedStream = (typeof streams)[number];

export const attachFlags: readonly Flag[] = [
  {
    name: "attach",
    short: "a",
    type: "strings",
    value: "STREAM",
    help: "Only stdin, stdout or stderr is that of this call",
  },
  {
    name: "sig-proxy",
    type: "boolean",
    help: "Signals go to the container (always; 'attach' can do without)",
    hidden: true,
  },
  {
    name: "detach-keys",
    type: "string",
    value: "KEYS",
    help: "For docker's sake: what runs in this call cannot be left ('run -d' and 'attach' can)",
    hidden: true,
  },
];

/** @throws KasaneError `unsupported` for a call that wants to keep its signals */
export function checkSignalsAreItsOwn(flags: Pick<ParsedFlags, "maybeBoolean">): void {
  if (flags.maybeBoolean("sig-proxy") !== false) return;
  throw new KasaneError(
    "unsupported",
    "--sig-proxy=false: the container runs in this call, and signals are its own",
    {
      hint: "start it with 'run -d', and use 'attach --sig-proxy=false'",
      data: { exitCode: 125 },
    },
  );
}

/** Which of its streams are the caller's; undefined where nothing was said. @throws KasaneError `usage`, in docker's words */
export function attachedStreams(flags: ParsedFlags): ReadonlySet<AttachedStream> | undefined {
  checkSignalsAreItsOwn(flags);
  const given = flags.strings("attach");
  if (given.length === 0) return undefined;
  if (flags.boolean("detach"))
    throw new KasaneError("usage", "Conflicting options: -a and -d", {
      hint: "leave the one or the other away",
      data: { exitCode: 1 },
    });
  return new Set(
    given.map((text) => {
      const stream = streams.find((one) => one === text.toLowerCase());
      if (stream !== undefined) return stream;
      throw wrong(
        `invalid argument ${JSON.stringify(text)} for "-a, --attach" flag: valid streams are STDIN, STDOUT and STDERR`,
        "for example -a stdout -a stderr",
      );
    }),
  );
}

function wrong(message: string, hint: string): KasaneError {
  return new KasaneError("usage", message, { hint, data: { exitCode: 125 } });
}
