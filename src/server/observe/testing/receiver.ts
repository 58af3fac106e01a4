/** An endpoint for notifications on the loopback interface that does what a test tells it to. */
export interface Receiver extends Disposable {
  readonly url: string;
  /** Requests as they came. */
  readonly requests: { headers: Headers; text: string }[];
  /** Every event of every request that was answered with 2xx. */
  readonly events: ReceivedEvent[];
  /** What is answered; default 200. */
  answer: () => Response | Promise<Response>;
  /** Resolves when so many events have been taken. */
  seen(count: number): Promise<void>;
}

export interface ReceivedEvent {
  readonly id: string;
  readonly action: string;
  readonly target: Readonly<Record<string, unknown>> & { readonly repository: string; readonly tag?: string };
  readonly request: Readonly<Record<string, string>>;
  readonly actor: { readonly name?: string };
  readonly source: { readonly addr: string; readonly instanceID: string };
}

export function startReceiver(): Receiver {
  const waiting: { count: number; resolve: () => void }[] = [];
  const receiver: Omit<Receiver, "url" | typeof Symbol.dispose> = {
    requests: [],
    events: [],
    answer: () => new Response("thanks"),
    seen: (count) =>
      new Promise((resolve) => {
        waiting.push({ count, resolve });
        tellWaiting();
      }),
  };
  const tellWaiting = () => {
    for (const { count, resolve } of waiting) if (receiver.events.length >= count) resolve();
  };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const text = await request.text();
      receiver.requests.push({ headers: request.headers, text });
      const response = await receiver.answer();
      if (response.ok) receiver.events.push(...(JSON.parse(text) as { events: ReceivedEvent[] }).events);
      setImmediate(tellWaiting);
      return response;
    },
  });
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${server.port}/hook`,
    [Symbol.dispose]: () => void server.stop(true),
  });
}
