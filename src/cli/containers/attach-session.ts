import type { ControlCall } from "../../container/mod.ts";
import { DetachKeys } from "./detach-keys.ts";

export interface AttachOptions {
  readonly call: ControlCall;
  /** Pass standard input on. */
  readonly stdin: boolean;
  /** The container has a terminal of its own: this one is raw meanwhile, and its size followed. */
  readonly isTerminal: boolean;
  /** Bytes that leave the container alone. */
  readonly keys: readonly number[];
}

export interface AttachSession {
  /** Resolves when the keys were typed. */
  readonly left: Promise<void>;
  end(): Promise<void>;
}

/** Connects this process's terminal or standard input with a container. */
export async function attachSession({
  call,
  stdin,
  isTerminal,
  keys,
}: AttachOptions): Promise<AttachSession> {
  const { callerWindowSize, makeRaw } = await import("../../sandbox/mod.ts");
  const left = Promise.withResolvers<void>();
  const resize = () => call.resize(callerWindowSize());
  const isRaw = isTerminal && process.stdin.isTTY === true;
  if (isRaw) {
    resize();
    process.on("SIGWINCH", resize);
  }
  const restore = isRaw && stdin ? makeRaw(0) : undefined;
  const reader = stdin ? Bun.stdin.stream().getReader() : undefined;
  if (reader !== undefined)
    void passInput(reader, call, new DetachKeys(isRaw ? keys : [])).then(left.resolve, () => {});
  return {
    left: left.promise,
    async end() {
      process.off("SIGWINCH", resize);
      restore?.();
      call.detach();
      await reader?.cancel().catch(() => {});
    },
  };
}

/** Resolves when the keys were typed, and never at the end of the input: the container may have more to say. */
async function passInput(
  reader: { read(): Promise<{ done: boolean; value?: Uint8Array | undefined }> },
  call: ControlCall,
  keys: DetachKeys,
): Promise<void> {
  for (;;) {
    const { value } = await reader.read();
    if (value === undefined) return new Promise(() => {});
    const { pass, isLeft } = keys.push(value);
    if (pass.length > 0) await call.input(pass);
    if (isLeft) return;
  }
}
