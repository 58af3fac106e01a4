import { afterAll, expect, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAccessLog } from "./access-log.ts";
import { noteCaller, requestIdOf } from "./request-notes.ts";

const scratch = await mkdtemp(join(tmpdir(), "kasane-access-"));
afterAll(() => rm(scratch, { recursive: true }));
let count = 0;

async function logged(
  format: "json" | "text",
  request: Request,
  fields: Record<string, string> = {},
): Promise<string> {
  const path = join(scratch, `${count++}.log`);
  const onError = (error: unknown) => expect(error).toBeUndefined();
  const log = await openAccessLog({ format, path, fields, onError });
  log.log({ request, status: 200, sentBytes: 392, durationMs: 1.2345, address: "192.0.2.7" });
  await log.close();
  return readFile(path, "utf8");
}

/** A request whose parts no parser has looked at. */
function rawRequest(url: string, headers: Record<string, string> = {}, method = "GET"): Request {
  const request = new Request("http://r/", { headers });
  for (const [name, value] of Object.entries({ url, method }))
    Object.defineProperty(request, name, { value });
  return request;
}

test("a line of JSON has what was asked, by whom, and how it ended", async () => {
  const request = rawRequest("http://r:5000/v2/a/b/manifests/v1?ns=docker.io", { "user-agent": "test/1" });
  noteCaller(request, { kind: "user", name: "ann" });
  const id = requestIdOf(request);
  const entry = JSON.parse(await logged("json", request, { environment: "prod" }));
  expect(entry).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    log: "access",
    id,
    client: "192.0.2.7",
    user: "ann",
    method: "GET",
    path: "/v2/a/b/manifests/v1?ns=docker.io",
    status: 200,
    bytes: 392,
    durationMs: 1.23,
    userAgent: "test/1",
    environment: "prod",
  });
});

test("a line of text is the combined log", async () => {
  const request = rawRequest("http://r:5000/v2/a/b/manifests/v1", { "user-agent": "test/1" }, "HEAD");
  expect(await logged("text", request)).toMatch(
    /^192\.0\.2\.7 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "HEAD \/v2\/a\/b\/manifests\/v1 HTTP\/1\.1" 200 392 "" "test\/1"\n$/,
  );
  noteCaller(request, { kind: "user", name: "ann smith" });
  expect(await logged("text", request)).toContain("192.0.2.7 - ann_smith [");
});

const hostile = [
  '\n{"log":"access"}',
  "\r\n",
  '" 200 0 "" "',
  "\\",
  "\u001b[2J",
  "\u009b31m",
  "\u2028",
  "\u202e",
  "\u007f",
];

test.each([
  "json",
  "text",
] as const)("what clients send cannot begin a line or act on a terminal (%s)", async (format) => {
  for (const text of hostile) {
    const request = rawRequest(`http://r/v2/${text}/tags/list?n=${text}`, {}, `GET${text}`);
    Object.defineProperty(request, "headers", { value: { get: () => text } });
    noteCaller(request, { kind: "user", name: `ann${text}` });
    const line = await logged(format, request);
    expect(line).toMatch(/^[\x20-\x7e]+\n$/);
    if (format === "json") expect(JSON.parse(line)).toMatchObject({ user: `ann${text}`, userAgent: text });
    // Quotes within a value are escaped: the number of bare ones is that of the format.
    else expect(line.replaceAll(/\\./g, "").match(/"/g)).toHaveLength(6);
  }
});

test("long texts are cut", async () => {
  const request = rawRequest(`http://r/v2/${"x".repeat(100_000)}`, { "user-agent": "y".repeat(100_000) });
  expect((await logged("json", request)).length).toBeLessThan(3000);
});

test.each(["json", "text"] as const)("no secret of a request reaches the log (%s)", async (format) => {
  const secret = "hunter2-SECRET";
  const request = rawRequest(
    `http://user:${secret}@r/v2/a/blobs/uploads/1?_state=${secret}&token=${secret}&digest=sha256:00&X=${secret}&account=ann`,
    {
      authorization: `Basic ${btoa(`ann:${secret}`)}`,
      cookie: secret,
      "x-registry-auth": secret,
      "user-agent": "test/1",
    },
  );
  const line = await logged(format, request);
  expect(line).not.toContain(secret);
  expect(line).not.toContain(btoa(`ann:${secret}`));
  expect(line).toContain("digest=sha256:00");
  expect(line).toContain("account=ann");
});
