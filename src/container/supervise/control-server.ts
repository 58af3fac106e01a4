import { closeSync, constants, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Socket } from "bun";
import type { WindowSize } from "../../sandbox/mod.ts";
import { encodeFrame, type Frame, type FrameKind, FrameReader } from "./frames.ts";
import type { ControlAnswer, ControlRequest } from "./request.ts";
import { SocketWriter } from "./socket-writer.ts";

/** Who is connected. */
export interface Caller {
  send(kind: FrameKind, content: Uint8Array): Promise<void>;
}

export interface ControlHandlers {
  /** What it resolves with is the answer. */
  readonly request: (request: ControlRequest, caller: Caller) => Promise<ControlAnswer>;
  /** Of a caller that attached with stdin. */
  readonly input: (chunk: Uint8Array) => Promise<void>;
  readonly resize: (size: WindowSize) => void;
  readonly gone: (caller: Caller) => void;
}

interface Connection extends Caller {
  readonly reader: FrameReader;
  readonly writer: SocketWriter;
  /** Input in the order it came. */
  last: Promise<void>;
  isInput: boolean;
}

const socketName = "control.sock";

/**
 * A name for the control socket below a container's directory that is short enough for the kernel (108 bytes), good as long as the
 * directory is open.
 */
export function openSocketPath(directory: string): { path: string; close(): void } {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${fd}/${socketName}`, close: () => closeSync(fd) };
}

/** Listens on the control socket of a container, for its owner only. */
export function listenForControl(directory: string, handlers: ControlHandlers): { stop(): Promise<void> } {
  // What a killed process left.
  rmSync(join(directory, socketName), { force: true });
  const { path, close } = openSocketPath(directory);
  const connections = new Set<Connection>();
  const answers = new Set<Promise<void>>();
  const answer = (connection: Connection, answering: Promise<ControlAnswer>) => {
    const sent = sendAnswer(connection, answering).finally(() => answers.delete(sent));
    answers.add(sent);
  };
  const server = Bun.listen<Connection>({
    unix: path,
    socket: {
      open(socket) {
        socket.data = connectionOf(socket);
        connections.add(socket.data);
      },
      data(socket, chunk) {
        try {
          for (const frame of socket.data.reader.push(chunk))
            receive(socket.data, frame, { ...handlers, answer });
        } catch {
          socket.end();
        }
      },
      drain: (socket) => socket.data.writer.drained(),
      close(socket) {
        socket.data.writer.closed();
        connections.delete(socket.data);
        handlers.gone(socket.data);
      },
      error() {},
    },
  });
  return {
    async stop() {
      server.stop();
      await Promise.all(answers);
      await Promise.all([...connections].map(({ writer }) => writer.end()));
      rmSync(join(directory, socketName), { force: true });
      close();
    },
  };
}

function connectionOf(socket: Socket<Connection>): Connection {
  const writer = new SocketWriter(socket);
  return {
    reader: new FrameReader(),
    writer,
    last: Promise.resolve(),
    isInput: false,
    send: (kind, content) => writer.write(encodeFrame(kind, content)),
  };
}

function receive(
  connection: Connection,
  { kind, content }: Frame,
  handlers: ControlHandlers & { answer: (connection: Connection, answering: Promise<ControlAnswer>) => void },
): void {
  const json = () => JSON.parse(new TextDecoder().decode(content)) as unknown;
  if (kind === "request") {
    const request = json() as ControlRequest;
    connection.isInput = request.do === "attach" && request.stdin;
    handlers.answer(connection, handlers.request(request, connection));
  } else if (kind === "resize") handlers.resize(json() as WindowSize);
  else if (connection.isInput && kind === "stdin") {
    connection.last = connection.last.then(() => handlers.input(content)).catch(() => {});
  }
}

async function sendAnswer({ writer }: Connection, answering: Promise<ControlAnswer>): Promise<void> {
  const answered = await answering.catch((): ControlAnswer => ({ ok: false }));
  await writer.write(encodeFrame("answer", JSON.stringify(answered)));
  await writer.end();
}
