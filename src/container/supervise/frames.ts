/**
 * What goes over a container's control socket: a byte that says what it is, four bytes of length (big-endian), and as many of content. The
 * caller's first frame is a request in JSON.
 */
const frameKinds = {
  request: 0,
  /** JSON: how a request ended. The last frame. */
  answer: 1,
  stdin: 2,
  stdout: 3,
  stderr: 4,
  /** JSON: WindowSize. */
  resize: 5,
} as const;

export type FrameKind = keyof typeof frameKinds;

export interface Frame {
  readonly kind: FrameKind;
  readonly content: Uint8Array;
}

const headBytes = 5;
/** Nobody sends more at once. */
const limitBytes = 1 << 20;

const kindOf = new Map(Object.entries(frameKinds).map(([name, byte]) => [byte as number, name as FrameKind]));

export function encodeFrame(kind: FrameKind, content: Uint8Array | string = ""): Uint8Array {
  const body = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const frame = new Uint8Array(headBytes + body.length);
  frame[0] = frameKinds[kind];
  new DataView(frame.buffer).setUint32(1, body.length);
  frame.set(body, headBytes);
  return frame;
}

/** Puts frames together from what comes in, in whatever pieces. */
export class FrameReader {
  #rest: Uint8Array = new Uint8Array();

  /** @throws RangeError for what are no frames */
  push(chunk: Uint8Array): Frame[] {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    while (bytes.length >= headBytes) {
      const kind = kindOf.get(bytes[0]!);
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
      if (kind === undefined || length > limitBytes) throw new RangeError("no frame of a control socket");
      if (bytes.length < headBytes + length) break;
      frames.push({ kind, content: bytes.slice(headBytes, headBytes + length) });
      bytes = bytes.subarray(headBytes + length);
    }
    this.#rest = bytes.slice();
    return frames;
  }
}
