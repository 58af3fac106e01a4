import { errnoOf, KasaneError } from "../../lib/mod.ts";
import type { WindowSize } from "../../sandbox/mod.ts";
import { openSocketPath } from "./control-server.ts";
import { encodeFrame, FrameReader } from "./frames.ts";
import type { ControlAnswer, ControlRequest } from "./request.ts";
import { SocketWriter } from "./socket-writer.ts";

export interface ControlCall {
  /** What the container ended with, where that was asked for. */
  readonly answered: Promise<Extract<ControlAnswer, { ok: true }>>;
  /** Of an attachment. */
  input(chunk: Uint8Array): Promise<void>;
  resize(size: WindowSize): void;
  /** Leaves; the container goes on. */
  detach(): void;
}

/** Chunks of output that are taken before the first of them has been written. */
const waitingLimit = 16;

/**
 * Asks whoever runs a container. `output` gets what it writes, for an attachment; what it returns is waited for, by the container as well.
 * @throws KasaneError `not-found` where nobody listens; `answered` rejects with `conflict` where the answer is no
 */
export async function callSupervisor(
  directory: string,
  request: ControlRequest,
  output?: (stream: "stdout" | "stderr", chunk: Uint8Array) => Promise<void>,
): Promise<ControlCall> {
  const answered = Promise.withResolvers<Extract<ControlAnswer, { ok: true }>>();
  answered.promise.catch(() => {});
  const reader = new FrameReader();
  let given: Promise<void> = Promise.resolve();
  let waiting = 0;
  let writer: SocketWriter | undefined;
  const { path, close } = openSocketPath(directory);
  try {
    const socket = await Bun.connect({
      unix: path,
      socket: {
        data(socket, chunk) {
          for (const { kind, content } of reader.push(chunk)) {
            if (kind === "answer") settle(content);
            else if (kind === "stdout" || kind === "stderr") {
              // Whoever reads slowly holds the container up, not this process's memory.
              if (++waiting > waitingLimit) socket.pause();
              given = given
                .then(() => output?.(kind, content))
                .catch(() => {})
                .then(() => {
                  if (--waiting === 0) socket.resume();
                });
            }
          }
        },
        drain: () => writer?.drained(),
        close() {
          writer?.closed();
          void given.then(() => answered.reject(lost()));
        },
        error: (_, error) => answered.reject(error),
      },
    });
    writer = new SocketWriter(socket);
    const send = writer;
    await send.write(encodeFrame("request", JSON.stringify(request)));
    return {
      answered: answered.promise,
      input: (chunk) => send.write(encodeFrame("stdin", chunk)),
      resize: (size) => void send.write(encodeFrame("resize", JSON.stringify(size))),
      detach: () => socket.end(),
    };
  } catch (error) {
    if (["ENOENT", "ECONNREFUSED"].includes(errnoOf(error) ?? "")) throw lost(error);
    throw error;
  } finally {
    close();
  }

  function settle(content: Uint8Array): void {
    const answer = JSON.parse(new TextDecoder().decode(content)) as ControlAnswer;
    void given.then(() => {
      if (answer.ok) answered.resolve(answer);
      else
        answered.reject(
          answer.error === undefined
            ? new KasaneError("conflict", "its program does not run at this moment", {
                hint: "try again in a moment",
              })
            : new KasaneError("conflict", answer.error.message, {
                ...(answer.error.hint === undefined ? {} : { hint: answer.error.hint }),
                data: { exitCode: 1 },
              }),
        );
    });
  }
}

function lost(cause?: unknown): KasaneError {
  return new KasaneError("not-found", "nobody runs this container any more", {
    cause,
    hint: "'kasane ps -a' tells how it ended",
  });
}
