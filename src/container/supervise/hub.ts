import type { Pty, Stdio, WindowSize } from "../../sandbox/mod.ts";
import type { LogWriter } from "../log/log-writer.ts";
import type { Caller } from "./control-server.ts";

type Stream = "stdout" | "stderr";

/** Between a container's program, its log, and those who are attached to it. */
export class Hub {
  readonly #log: LogWriter | undefined;
  readonly #attached = new Set<Caller>();
  #pty: Pty | undefined;
  #size: WindowSize = { columns: 80, rows: 24 };
  #stdin: WritableStreamDefaultWriter<Uint8Array> | undefined;

  constructor(log?: LogWriter) {
    this.#log = log;
  }

  attach(caller: Caller): void {
    this.#attached.add(caller);
  }

  detach(caller: Caller): void {
    this.#attached.delete(caller);
  }

  /** What the program has written: kept, and handed on. Those who do not read hold it up. */
  readonly output = async (stream: Stream, chunk: Uint8Array): Promise<void> => {
    this.#log?.write(stream, chunk);
    if (this.#attached.size > 0) await Promise.all([...this.#attached].map((one) => one.send(stream, chunk)));
  };

  /** Its end is no end for the container, as in Docker: others may come and type. */
  async input(chunk: Uint8Array): Promise<void> {
    await (this.#pty ?? this.#stdin)?.write(chunk);
  }

  resize(size: WindowSize): void {
    this.#size = size;
    this.#pty?.resize(size);
  }

  /** The program's end of it all, for one run. */
  stdio({ terminal, stdin }: { terminal: boolean; stdin: boolean }): Stdio {
    this.#pty = undefined;
    this.#stdin = undefined;
    if (terminal) {
      return {
        kind: "pty",
        size: this.#size,
        output: (chunk) => this.output("stdout", chunk),
        onOpen: (pty) => {
          this.#pty = pty;
          pty.resize(this.#size);
        },
      };
    }
    if (!stdin) return { kind: "pipe", output: this.output };
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    this.#stdin = writable.getWriter();
    return { kind: "pipe", output: this.output, stdin: readable };
  }
}
