import { expect, test } from "bun:test";
import { MetricSet } from "./metric-set.ts";
import { createMetrics } from "./metrics.ts";
import { upstreamCollector } from "./upstream-metrics.ts";

test("text() is Prometheus' text format", async () => {
  const set = new MetricSet();
  const requests = set.counter("requests_total", "Requests\nof all kinds.");
  requests.cell({ code: "200", path: 'a"b\\c\nd' }).value += 2;
  requests.cell({ code: "404", path: "" }).value++;
  set.gauge("free_bytes", "Room.").cell().value = 0.5;
  set.gauge("never_used", "Has no numbers and is not shown.");
  const seconds = set.histogram("seconds", "How long.", [0.1, 1]).histogram({ kind: "x" });
  for (const value of [0.1, 0.11, 5]) seconds.observe(value);
  set.collect(async () => [
    { name: "late", kind: "gauge", help: "Asked.", values: [{ value: Number.POSITIVE_INFINITY }] },
  ]);
  expect(await set.text()).toMatchInlineSnapshot(`
    "# HELP kasane_scrape_errors_total Parts of the metrics that could not be asked.
    # TYPE kasane_scrape_errors_total counter
    kasane_scrape_errors_total 0
    # HELP requests_total Requests\\nof all kinds.
    # TYPE requests_total counter
    requests_total{code="200",path="a\\"b\\\\c\\nd"} 2
    requests_total{code="404",path=""} 1
    # HELP free_bytes Room.
    # TYPE free_bytes gauge
    free_bytes 0.5
    # HELP seconds How long.
    # TYPE seconds histogram
    seconds_bucket{kind="x",le="0.1"} 1
    seconds_bucket{kind="x",le="1"} 2
    seconds_bucket{kind="x",le="+Inf"} 3
    seconds_sum{kind="x"} 5.21
    seconds_count{kind="x"} 3
    # HELP late Asked.
    # TYPE late gauge
    late +Inf
    "
  `);
});

test("a collector that fails takes nothing else with it and is counted", async () => {
  const set = new MetricSet();
  set.gauge("g", "G.").cell().value = 1;
  set.collect(() => {
    throw new Error("no");
  });
  const text = await set.text();
  expect(text).toContain("kasane_scrape_errors_total 1\n");
  expect(text).toContain("g 1\n");
});

test("labels without end cost bounded memory", async () => {
  const set = new MetricSet();
  const family = set.counter("c", "C.");
  for (let index = 0; index < 3000; index++) family.cell({ index: String(index) }).value++;
  const lines = (await set.text()).split("\n").filter((line) => line.startsWith("c{"));
  expect(lines).toHaveLength(1001);
  expect(lines.at(-1)).toBe('c{overflow="true"} 2000');
});

test("a name is given once", () => {
  const set = new MetricSet();
  set.counter("c", "C.");
  expect(() => set.gauge("c", "C.")).toThrow("is one already");
  expect(() => set.gauge("no name", "C.")).toThrow("no name for a metric");
});

/** What any scraper checks: each sample is of the family announced before it, and no series comes twice. */
test("everything createMetrics() has is well-formed", async () => {
  const metrics = createMetrics();
  const counts = { hits: 1, misses: 2, staleServed: 3, bytes: 4, downloads: 5, unkept: 6 };
  const rateLimit = { limit: 100, remaining: 7 };
  metrics.set.collect(
    upstreamCollector(() => [
      { name: "hub", ...counts, isReachable: true, rateLimit },
      { name: "quay", ...counts },
    ]),
  );
  metrics.requests.begin("manifest");
  metrics.requests.end({
    kind: "manifest",
    method: "GET",
    status: 200,
    seconds: 0.002,
    receivedBytes: 0,
    sentBytes: 500,
  });
  metrics.requests.end({
    kind: "other",
    method: "BREW",
    status: 404,
    seconds: 0.002,
    receivedBytes: 0,
    sentBytes: 5,
  });
  const [families, seen] = [new Set<string>(), new Set<string>()];
  let family = "";
  for (const line of (await metrics.text()).trimEnd().split("\n")) {
    const head = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (head) {
      family = head[1]!;
      expect(families).not.toContain(family);
      families.add(family);
    } else if (!line.startsWith("# HELP ")) {
      const [, name, labels] = /^([a-z_:]+)(\{(?:[a-z_]+="[^"]*",?)+\})? -?[0-9.e+-]+$/.exec(line) ?? [];
      expect(name?.replace(/_(bucket|sum|count)$/, "")).toBe(family.replace(/_(bucket|sum|count)$/, ""));
      expect(seen).not.toContain(`${name}${labels ?? ""}`);
      seen.add(`${name}${labels ?? ""}`);
    }
  }
  const text = await metrics.text();
  expect(text).toContain('kasane_upstream_ratelimit_remaining{upstream="hub"} 7\n');
  expect(text).toContain('kasane_upstream_blocked_seconds{upstream="quay"} 0\n');
  expect(text).toContain('registry_http_requests_total{code="200",handler="manifest",method="get"} 1\n');
  expect(text).toContain('registry_http_requests_total{code="404",handler="other",method="other"} 1\n');
  expect(text).toContain(
    'registry_http_request_duration_seconds_bucket{handler="manifest",method="get",le="0.0025"} 1\n',
  );
  expect(text).toMatch(/kasane_build_info\{version="\d+\.\d+\.\d+",runtime="bun [\d.]+"\} 1\n/);
  expect(Number(/^process_open_fds (\d+)$/m.exec(text)![1])).toBeGreaterThan(2);
});
