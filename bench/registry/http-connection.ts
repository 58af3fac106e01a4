/** Limits what a broken server could make the load generator keep. */
const headLimitBytes = 64 * 1024;

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Gives the part of a body that starts at `offset`; empty at its end. */
export type BodyPart = (offset: number) => Uint8Array;

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: { readonly sizeBytes: number; readonly part: BodyPart };
}

/**
 * One HTTP/1.1 connection that sends one request at a time and drops the bodies of answers. A load generator of its own, because
 * `fetch` takes as much processor time for a small request as the fastest server does for its answer.
 */
export class HttpConnection {
  readonly #host: string;
  #socket!: Bun.Socket<undefined>;
  #received = Buffer.alloc(0);
  #bodyLeft = 0;
  #answer: Answer | undefined;
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;
  #drained: (() => void) | undefined;

  private constructor(host: string) {
    this.#host = host;
  }

  static async open(host: string): Promise<HttpConnection> {
    const connection = new HttpConnection(host);
    const [hostname, port] = host.split(":");
    connection.#socket = await Bun.connect({
      hostname: hostname!,
      port: Number(port),
      socket: {
        data: (_, bytes) => connection.#data(bytes),
        drain: () => connection.#drained?.(),
        close: () => connection.#fail(new Error("the server closed the connection")),
        error: (_, error) => connection.#fail(error),
      },
    });
    return connection;
  }

  async send(call: Call): Promise<Answer> {
    const { method, path, headers = {}, body } = call;
    const lines = [`${method} ${path} HTTP/1.1`, `host: ${this.#host}`];
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
    if (body !== undefined || method !== "GET") lines.push(`content-length: ${body?.sizeBytes ?? 0}`);
    const answered = new Promise<Answer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
    const first = body?.part(0) ?? new Uint8Array(0);
    // Head and a small body in one packet, as every client library does.
    await this.#write(first.length < 16_384 ? Buffer.concat([head, first]) : head);
    if (first.length >= 16_384) await this.#write(first);
    for (let offset = first.length; offset < (body?.sizeBytes ?? 0); ) {
      const part = body!.part(offset);
      await this.#write(part);
      offset += part.length;
    }
    return answered;
  }

  close(): void {
    this.#socket.end();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0; ) {
      const written = this.#socket.write(rest);
      if (written < 0) throw new Error("the server closed the connection");
      rest = rest.subarray(written);
      if (rest.length === 0) return;
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
  }

  #data(bytes: Buffer): void {
    this.#received =
      this.#received.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#received, bytes]);
    if (this.#answer === undefined) {
      const end = this.#received.indexOf("\r\n\r\n");
      if (end < 0) {
        if (this.#received.length > headLimitBytes) this.#fail(new Error("the answer's head is too long"));
        return;
      }
      this.#answer = parseHead(this.#received.toString("latin1", 0, end));
      this.#bodyLeft = Number(this.#answer.headers.get("content-length") ?? 0);
      this.#received = this.#received.subarray(end + 4);
    }
    this.#bodyLeft -= this.#received.length;
    this.#received = Buffer.alloc(0);
    if (this.#bodyLeft > 0) return;
    const answer = this.#answer;
    this.#answer = undefined;
    this.#waiting?.resolve(answer);
    this.#waiting = undefined;
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    this.#drained?.();
  }
}

function parseHead(text: string): Answer {
  const [status, ...lines] = text.split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status!.split(" ")[1]), headers };
}
