/** Every command that the documentation shows is run here, in the order it stands, with the files the text speaks of. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { makeBaseRoot } from "../../scripts/base-root.ts";

const checkout = resolve(import.meta.dir, "../..");
const kasane = join(checkout, "bin/kasane");

/** Documents with commands, each with its translation: both must show the same ones. */
const documents = [
  "README.md",
  ...readdirSync(join(checkout, "docs"))
    .filter((name) => name.endsWith(".md") && !name.endsWith(".ja.md"))
    .map((name) => `docs/${name}`),
];

/** The fenced blocks of one language, in order. */
function blocks(document: string, language: string): string[] {
  const text = readFileSync(join(checkout, document), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
    (match) => match[1]!,
  );
}

describe.each(documents)("%s", (document) => {
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "kasane-docs-"));
    await makeBaseRoot(join(directory, "rootfs"));
    mkdirSync(join(directory, "bin"));
    writeFileSync(
      join(directory, "bin/kasane"),
      `#!/bin/sh\nexec ${kasane} --root "${directory}/store" "$@"\n`,
      {
        mode: 0o755,
      },
    );
    writeFileSync(join(directory, "greeting.txt"), "Hello from the documentation.\n");
    const dockerfile = blocks(document, "dockerfile")[0];
    if (dockerfile) writeFileSync(join(directory, "Dockerfile"), dockerfile);
  });
  afterAll(async () => {
    await Bun.spawn([kasane, "unshare", "rm", "-rf", directory]).exited;
  });

  test("shows the same commands in Japanese", () => {
    const translation = document.replace(/\.md$/, ".ja.md");
    if (!existsSync(join(checkout, translation))) throw new Error(`${translation} is missing`);
    for (const language of ["sh", "dockerfile", "ts"]) {
      expect(blocks(translation, language)).toEqual(blocks(document, language));
    }
  });

  const shell = blocks(document, "sh");
  test.skipIf(shell.length === 0)(
    "every command works",
    async () => {
      const port = freePort();
      // `kasane serve … &` answers before the next command runs, and ends with the script.
      const script = shell
        .join("\n")
        .replaceAll("localhost:5000", `localhost:${port}`)
        .replace(
          /^kasane serve(.*) &$/m,
          `kasane serve --addr 127.0.0.1:${port}$1 > serve.log 2>&1 &\nserver=$!\ntrap 'kill $server; wait $server' EXIT\nuntil grep -q listening serve.log; do sleep 0.05; done`,
        );
      const child = Bun.spawn(["sh", "-eux", "-c", script], {
        cwd: directory,
        env: { ...process.env, PATH: `${join(directory, "bin")}:${process.env.PATH}` },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      const [out, err, code] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ]);
      if (code !== 0) throw new Error(`ended with ${code}\n${out}\n${err}`);
    },
    120_000,
  );
});

function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}
