/** `kasane serve` as people start it: a process of its own. */
import { kasane } from "./outside.ts";

export interface ServeProcess extends AsyncDisposable {
  /** `https://127.0.0.1:41234`, as it says itself. */
  readonly url: string;
  readonly port: number;
  /** `127.0.0.1:41234`: the host part of image names. */
  readonly address: string;
  /** Everything it has written to standard error. */
  said(): string;
  /** Waits until it has said it. */
  says(what: string | RegExp): Promise<void>;
  signal(name: NodeJS.Signals): void;
  readonly exited: Promise<number>;
}

const patienceMs = 10_000;

/** Starts it and waits until it listens. `argv` begins with the program where that is not bin/kasane. */
export async function startServe(options: {
  readonly argv?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}): Promise<ServeProcess> {
  const child = Bun.spawn([...(options.argv ?? [kasane, "serve"]), ...(options.args ?? [])], {
    ...(options.cwd && { cwd: options.cwd }),
    env: { ...withoutSettings(), ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let [out, err] = ["", ""];
  const read = async (stream: ReadableStream<Uint8Array>, add: (text: string) => void) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) add(decoder.decode(chunk, { stream: true }));
  };
  const reading = [
    read(child.stdout, (text) => {
      out += text;
    }),
    read(child.stderr, (text) => {
      err += text;
    }),
  ];
  const until = async (condition: () => boolean, what: string) => {
    for (const deadline = Date.now() + patienceMs; !condition(); await Bun.sleep(5)) {
      if (child.exitCode !== null) await Promise.all(reading);
      if (condition()) return;
      if (child.exitCode !== null || Date.now() > deadline) {
        child.kill("SIGKILL");
        throw new Error(`kasane serve did not say ${what} (exit code ${child.exitCode}):\n${out}\n${err}`);
      }
    }
  };
  await until(() => /listening on (\S+)\n/.test(out), "that it listens");
  const url = /listening on (\S+)\n/.exec(out)![1]!;
  return {
    url,
    address: new URL(url).host,
    port: Number(new URL(url).port || (url.startsWith("https:") ? 443 : 80)),
    said: () => err,
    says: (what) =>
      until(() => (typeof what === "string" ? err.includes(what) : what.test(err)), String(what)),
    signal: (name) => child.kill(name),
    exited: child.exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

/** Serves the store in `root` on a free port, without a configuration. */
export function serveStore(root: string, options: { args?: readonly string[] } = {}): Promise<ServeProcess> {
  const argv = [kasane, "--root", root, "serve", "--quiet", "--addr", "127.0.0.1:0"];
  return startServe({ argv, ...options });
}

/** This machine's own settings are none of the test's. */
function withoutSettings(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(REGISTRY_|KASANE_ROOT$)/.test(name)),
  );
}
