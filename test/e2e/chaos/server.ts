import { kasane } from "../../outside.ts";

/** `kasane serve` as a process that is killed and started again on the same port. */
export class MortalServer {
  readonly #root: string;
  #child: Bun.Subprocess<"ignore", "pipe", "pipe"> | undefined;
  #port = 0;
  #said = "";
  #up = Promise.withResolvers<void>();
  kills = 0;

  constructor(root: string) {
    this.#root = root;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** What it printed on standard error, the last part. */
  get said(): string {
    return this.#said;
  }

  async start(): Promise<void> {
    const argv = [kasane, "--root", this.#root, "serve", "--quiet", "--addr", `127.0.0.1:${this.#port}`];
    const child = Bun.spawn(argv, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    this.#child = child;
    void this.#listen(child.stderr);
    let said = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      said += decoder.decode(chunk, { stream: true });
      const port = /listening on http:\/\/\S+:(\d+)/.exec(said)?.[1];
      if (port === undefined) continue;
      this.#port = Number(port);
      this.#up.resolve();
      return;
    }
    throw new Error(`kasane serve ended with ${await child.exited}: ${this.#said}`);
  }

  /** Resolves when it takes requests. */
  up(): Promise<void> {
    return this.#up.promise;
  }

  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    this.kills++;
    this.#up = Promise.withResolvers<void>();
    this.#child?.kill(signal);
    await this.#child?.exited;
  }

  async #listen(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream)
      this.#said = (this.#said + decoder.decode(chunk, { stream: true })).slice(-50_000);
  }
}
