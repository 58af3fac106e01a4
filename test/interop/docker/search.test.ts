/** docker search and kasane search on the same index of Docker's protocol. */
import { expect, test } from "bun:test";
import { kasane, missing, runOk } from "../../outside.ts";
import { startDockerd } from "../peers.ts";

const results = [
  {
    name: "nginx",
    description: "The server\nwith a description that is much longer than its column",
    star_count: 20_000,
    is_official: true,
    is_automated: false,
  },
  { name: "someone/nginx", description: "", star_count: 190, is_official: false, is_automated: false },
];

const table = "table {{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}";

test.skipIf(missing("docker", "dockerd") || process.getuid?.() !== 0)(
  "docker search and kasane search print the same of the same index",
  async () => {
    const asked: string[] = [];
    using index = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        const { pathname, search } = new URL(request.url);
        if (pathname === "/v1/_ping") {
          return new Response("true", { headers: { "x-docker-registry-standalone": "true" } });
        }
        if (pathname !== "/v1/search") return new Response("", { status: 404 });
        asked.push(search);
        return Response.json({ query: "nginx", num_results: results.length, results });
      },
    });
    await using daemon = await startDockerd();
    const term = `127.0.0.1:${index.port}/nginx`;
    for (const flags of [
      [],
      ["--no-trunc"],
      ["--limit", "7"],
      ["--filter", "stars=1000"],
      ["-f", "is-official=false"],
      ["-f", "is-official=true", "-f", "stars=5"],
      ["--format", "{{.Name}}|{{.Description}}|{{.StarCount}}|{{.IsOfficial}}"],
      ["--format", "table {{.Name}}\t{{.StarCount}}"],
    ]) {
      // Docker has given up a column that this one still has.
      const columns = flags.includes("--format") ? [] : ["--format", table];
      const theirs = await daemon.docker("search", ...columns, ...flags, term);
      const mine = await runOk([kasane, "search", ...flags, term]);
      expect(mine).toBe(theirs);
      const [first, second] = asked.splice(0);
      expect(second).toBe(first!);
    }
    const json = async (text: string) =>
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    const theirs = await json(await daemon.docker("search", "--format", "{{json .}}", term));
    expect(await json(await runOk([kasane, "search", "--format", "json", term]))).toEqual(
      theirs.map(({ IsAutomated: _, ...rest }) => rest),
    );
  },
);
