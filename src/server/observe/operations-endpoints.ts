import type { HttpConfig } from "../config/server-config.ts";
import type { Health } from "./health.ts";
import type { Metrics } from "./metrics.ts";
import { pathStart } from "./route-kind.ts";

const textType = "text/plain; version=0.0.4; charset=utf-8";

/** Requests about the server itself: on its own address what strangers may see, on the debug address all of it. */
export interface OperationsEndpoints {
  answerMain(request: Request): Response | Promise<Response> | undefined;
  answerDebug(request: Request): Response | Promise<Response>;
}

export function operationsEndpoints(parts: {
  metrics: Metrics;
  health: Health;
  http: Pick<HttpConfig, "debug" | "isMetricsOnMain">;
}): OperationsEndpoints {
  const { metrics, health, http } = parts;
  const metricsPath = http.debug?.metricsPath ?? "/metrics";
  const showMetrics = async () =>
    new Response(await metrics.text(), { headers: { "content-type": textType } });
  const answer = (path: string, isMetricsHere: boolean) => {
    if (path === "/healthz") return health.alive();
    if (path === "/readyz") return health.ready();
    return isMetricsHere && path === metricsPath ? showMetrics() : undefined;
  };
  return {
    answerMain(request) {
      const path = pathOf(request.url);
      // Nothing of the registry's own paths gets further than this comparison.
      if (path.startsWith("/v2/")) return undefined;
      const found = path === "/" ? front() : answer(path, http.isMetricsOnMain);
      return found && readOnly(request, found);
    },
    answerDebug(request) {
      const path = pathOf(request.url);
      const found = path === "/debug/health" ? health.debug() : answer(path, true);
      return found ? readOnly(request, found) : new Response("not found\n", { status: 404 });
    },
  };
}

/** Nothing, as distribution's registry says it: charts and load balancers that were made for that one ask here whether it lives. */
function front(): Response {
  return new Response(null, { headers: { "cache-control": "no-cache", "content-length": "0" } });
}

function readOnly(request: Request, answer: Response | Promise<Response>): Response | Promise<Response> {
  if (request.method === "GET" || request.method === "HEAD") return answer;
  return new Response("only GET\n", { status: 405, headers: { allow: "GET, HEAD" } });
}

function pathOf(url: string): string {
  const start = pathStart(url);
  const mark = url.indexOf("?", start);
  return mark < 0 ? url.slice(start) : url.slice(start, mark);
}
