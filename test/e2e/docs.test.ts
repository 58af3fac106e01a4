/** Every command that the documentation shows is run here, in the order it stands, with the files the text speaks of. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { makeBaseRoot } from "../../scripts/base-root.ts";
import { checkout, kasane, missing, runOk } from "../outside.ts";
import { blocks, documents, namedFiles, Ports, programsOf, runnable } from "./documents.ts";

describe.each(documents)("%s", (document) => {
  const ports = new Ports();
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
    for (const [name, text] of namedFiles(document)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), ports.replace(text));
    }
    const dockerfile = blocks(document, "dockerfile")[0];
    if (dockerfile) writeFileSync(join(directory, "Dockerfile"), dockerfile);
  });
  afterAll(async () => {
    await Bun.spawn([kasane, "unshare", "rm", "-rf", directory]).exited;
  });

  test("shows the same commands and files in Japanese", () => {
    const translation = document.replace(/\.md$/, ".ja.md");
    if (!existsSync(join(checkout, translation))) throw new Error(`${translation} is missing`);
    for (const language of ["sh", "bash", "dockerfile", "ts", "yaml", "toml", "json"]) {
      expect(blocks(translation, language)).toEqual(blocks(document, language));
    }
  });

  const shell = blocks(document, "sh").join("\n");
  test.skipIf(shell === "" || missing(...programsOf(shell)))(
    "every command works",
    async () => {
      const script = ports.replace(runnable(shell));
      await runOk(["sh", "-eux", "-c", script], {
        cwd: directory,
        env: { PATH: `${join(directory, "bin")}:${process.env.PATH}` },
      });
    },
    120_000,
  );
});
