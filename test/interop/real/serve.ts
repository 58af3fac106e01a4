import { kasane } from "../../outside.ts";
import type { Daemon } from "../peers.ts";

/** `kasane serve` on a free port, with a store of its own. */
export async function startServe(root: string, options: { args?: readonly string[] } = {}): Promise<Daemon> {
  const argv = [kasane, "--root", root, "serve", "--quiet", "--addr", "127.0.0.1:0", ...(options.args ?? [])];
  const child = Bun.spawn(argv, {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  let said = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    said += decoder.decode(chunk, { stream: true });
    const address = /listening on https?:\/\/(\S+)/.exec(said)?.[1];
    if (address === undefined) continue;
    return {
      address,
      async [Symbol.asyncDispose]() {
        child.kill("SIGTERM");
        await child.exited;
      },
    };
  }
  throw new Error(`kasane serve ended with ${await child.exited}`);
}
