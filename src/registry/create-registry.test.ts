import { expect, test } from "bun:test";
import { openMemoryBlobs } from "../blob/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { RegistryFailure } from "./errors.ts";
import { errorCode, TestRegistry } from "./testing/test-registry.ts";

test("GET and HEAD of /v2/ say that this is a registry", async () => {
  const registry = new TestRegistry();
  for (const method of ["GET", "HEAD"]) {
    const response = await registry.send(method, "/v2/");
    expect(response.status).toBe(200);
    expect(response.headers.get("docker-distribution-api-version")).toBe("registry/2.0");
  }
});

test.each([
  ["POST", "/v2/", "GET, HEAD"],
  ["POST", "/v2/a/manifests/x", "GET, HEAD, PUT, DELETE"],
  ["PUT", "/v2/a/blobs/sha256:00", "GET, HEAD, DELETE"],
  ["GET", "/v2/a/blobs/uploads/", "POST"],
  ["POST", "/v2/a/blobs/uploads/x", "GET, HEAD, PATCH, PUT, DELETE"],
  ["DELETE", "/v2/a/tags/list", "GET, HEAD"],
])("%s %s is 405 and says what is allowed", async (method, path, allow) => {
  const response = await new TestRegistry().send(method, path);
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe(allow);
  expect(await errorCode(response)).toBe("UNSUPPORTED");
});

test("what is not of the API is 404 with an error body", async () => {
  const response = await new TestRegistry().send("GET", "/index.html");
  expect(response.status).toBe(404);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await errorCode(response)).toBe("UNSUPPORTED");
});

test("a name that is none is 400", async () => {
  const response = await new TestRegistry().send("GET", "/v2/A/tags/list");
  expect(response.status).toBe(400);
  expect(await errorCode(response)).toBe("NAME_INVALID");
});

test("a failure of the store is reported here, and to the client only that there was one", async () => {
  const blobs = openMemoryBlobs();
  blobs.begin = () => Promise.reject(new Error("secret path /srv/x"));
  const registry = new TestRegistry({ blobs });
  const response = await registry.send("POST", "/v2/a/blobs/uploads/?digest-algorithm=sha512");
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("secret");
  expect(registry.failures).toHaveLength(1);
});

test("a full disk is 507", async () => {
  const blobs = openMemoryBlobs();
  blobs.begin = () => Promise.reject(new KasaneError("no-space", "cannot write /srv/x: no space left"));
  const response = await new TestRegistry({ blobs }).send(
    "POST",
    "/v2/a/blobs/uploads/?digest-algorithm=sha512",
  );
  expect(response.status).toBe(507);
  expect(await response.text()).not.toContain("/srv");
});

test("a 503 that is meant is an answer and not a failure to report", async () => {
  const guard = {
    admit: () => {
      throw new RegistryFailure("UNAVAILABLE", { message: "the mirror's upstream is down" });
    },
  };
  const registry = new TestRegistry({ guard });
  expect((await registry.send("GET", "/v2/")).status).toBe(503);
  expect(registry.failures).toEqual([]);
});

test("a pull is answered whatever becomes of telling somebody about it", async () => {
  const observer = {
    wants: () => true,
    happened: async ({ action }: { action: string }) => {
      if (action === "pull") throw new Error("nobody listens");
    },
  };
  const registry = new TestRegistry({ observer });
  const digest = await registry.putBlob("a", "text");
  const response = await registry.send("GET", `/v2/a/blobs/${digest}`);
  expect([response.status, await response.text()]).toEqual([200, "text"]);
  expect(registry.failures.map(String)).toEqual(["Error: nobody listens"]);
});
