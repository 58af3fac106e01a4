import type { Cell, Histogram, MetricSet } from "./metric-set.ts";
import { type RouteKind, routeKinds } from "./route-kind.ts";

/** Bounds of distribution's histograms, with finer ones below: most answers here take less than its first, 5 ms. */
const secondsBounds = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60,
];
/** 1 KiB to 2 GiB, each twice the one before. */
const bytesBounds = Array.from({ length: 22 }, (_, index) => 1024 * 2 ** index);

const methods = ["get", "head", "put", "patch", "post", "delete", "options", "other"] as const;
const methodNumbers = new Map(methods.map((method, index) => [method.toUpperCase(), index]));
const kindNumbers = new Map(routeKinds.map((kind, index) => [kind, index]));

export interface MeasuredRequest {
  readonly kind: RouteKind;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
  /** Of the request's body, as its header says it. */
  readonly receivedBytes: number;
  /** Of the answer's body. */
  readonly sentBytes: number;
}

interface Numbers {
  readonly duration: Histogram;
  readonly statuses: (Cell | undefined)[];
}

/** Counts requests. Names and meaning are distribution's where it has them, so that its dashboards show this registry. */
export class RequestMetrics {
  readonly #total;
  readonly #duration;
  readonly #inFlight: readonly Cell[];
  readonly #sent: readonly Histogram[];
  readonly #received: readonly Cell[];
  readonly #numbers: (Numbers | undefined)[] = [];

  constructor(set: MetricSet) {
    this.#total = set.counter("registry_http_requests_total", "HTTP requests answered.");
    this.#duration = set.histogram(
      "registry_http_request_duration_seconds",
      "Time from the request's headers to the beginning of the answer.",
      secondsBounds,
    );
    const inFlight = set.gauge("registry_http_in_flight_requests", "HTTP requests being answered.");
    const sent = set.histogram(
      "registry_http_response_size_bytes",
      "Bytes of the bodies of answers.",
      bytesBounds,
    );
    const received = set.counter(
      "kasane_http_received_bytes_total",
      "Bytes of the bodies of requests, of those that say how long they are.",
    );
    const handlers = routeKinds.map((handler) => ({ handler }));
    this.#inFlight = handlers.map((labels) => inFlight.cell(labels));
    this.#sent = handlers.map((labels) => sent.histogram(labels));
    this.#received = handlers.map((labels) => received.cell(labels));
  }

  begin(kind: RouteKind): void {
    this.#inFlight[kindNumbers.get(kind)!]!.value++;
  }

  end({ kind, method, status, seconds, receivedBytes, sentBytes }: MeasuredRequest): void {
    const kindNumber = kindNumbers.get(kind)!;
    const methodNumber =
      methodNumbers.get(method as Uppercase<(typeof methods)[number]>) ?? methods.length - 1;
    const numbers = this.#of(kindNumber, methodNumber);
    this.#inFlight[kindNumber]!.value--;
    numbers.duration.observe(seconds);
    this.#status(numbers, { kindNumber, methodNumber, status }).value++;
    this.#sent[kindNumber]!.observe(sentBytes);
    this.#received[kindNumber]!.value += receivedBytes;
  }

  #of(kindNumber: number, methodNumber: number): Numbers {
    const index = kindNumber * methods.length + methodNumber;
    const labels = { handler: routeKinds[kindNumber]!, method: methods[methodNumber]! };
    this.#numbers[index] ??= { duration: this.#duration.histogram(labels), statuses: [] };
    return this.#numbers[index];
  }

  #status({ statuses }: Numbers, at: { kindNumber: number; methodNumber: number; status: number }): Cell {
    statuses[at.status] ??= this.#total.cell({
      code: String(at.status),
      handler: routeKinds[at.kindNumber]!,
      method: methods[at.methodNumber]!,
    });
    return statuses[at.status]!;
  }
}
