import { expect, test } from "bun:test";
import { digestOf } from "../oci/mod.ts";
import { createRegistryClient } from "./mod.ts";

test("a source that was opened is closed, also when there is no connection to send it over", async () => {
  const content = new Uint8Array(1_000_000);
  let closed = 0;
  let opened = 0;
  // The upload's location is a port where nobody listens.
  const registry = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch({ method }) {
      if (method === "HEAD") return new Response(null, { status: 404 });
      if (method !== "POST") return new Response();
      const location = "http://127.0.0.1:1/upload";
      return new Response(null, { status: 202, headers: { location } });
    },
  });
  try {
    const client = createRegistryClient({
      host: `127.0.0.1:${registry.port}`,
      retry: { attempts: 2, baseMs: 1 },
    });
    const push = client.pushBlob(
      "a",
      { mediaType: "x/y", digest: digestOf(content), size: content.length },
      async () => {
        opened++;
        return new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(1000)),
          cancel() {
            closed++;
          },
        });
      },
    );
    await expect(push).rejects.toMatchObject({ code: "network" });
    expect(opened).toBeGreaterThan(0);
    expect(closed).toBe(opened);
  } finally {
    await registry.stop(true);
  }
});
