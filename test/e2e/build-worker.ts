/**
 * Builds what standard input asks for, a JSON list of requests, and prints the list of answers: a process of its own, so that the same builds can be done as
 * root and, below `kasane unshare`, as an ordinary user. `build-worker.ts DIRECTORY`
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "../../src/build/mod.ts";
import { type ContextFiles, writeFiles } from "../../src/build/testing/build-fixture.ts";
import { isKasaneError, messageOf } from "../../src/lib/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { openLocalStore } from "../../src/store/mod.ts";
import { builtImage } from "../interop/builders/compare-build.ts";

export interface BuildRequest {
  /** A store of this name below the directory. */
  readonly store: string;
  readonly dockerfile: string;
  /** The context; absent: that of the request before. */
  readonly files?: ContextFiles;
  readonly tags?: readonly string[];
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly noCache?: boolean;
  readonly timestamp?: number;
  readonly jobs?: number;
  /** Cancels once a step has printed this. */
  readonly cancelAt?: string;
}

export interface BuildAnswer {
  readonly digest?: string;
  /** As compare-build.ts has it. */
  readonly tree: readonly string[];
  /** `path seconds` of the last layer's files. */
  readonly history: readonly string[];
  readonly cached: readonly string[];
  readonly output: string;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly data: Record<string, unknown>;
  };
  /** What is left in the store's tmp/, and processes that a cancelled step left. */
  readonly left: readonly string[];
}

if (import.meta.main) {
  const directory = process.argv[2]!;
  const context = join(directory, "context");
  const answers: BuildAnswer[] = [];
  for (const request of (await Bun.stdin.json()) as BuildRequest[]) {
    if (request.files) {
      rmSync(context, { recursive: true, force: true });
      mkdirSync(context, { recursive: true });
      writeFiles(context, request.files);
    }
    answers.push(await answer(request, directory, context));
  }
  console.log(JSON.stringify(answers));
}

async function answer(request: BuildRequest, directory: string, context: string): Promise<BuildAnswer> {
  const store = await openLocalStore(join(directory, request.store));
  const cancel = new AbortController();
  const cached: string[] = [];
  let output = "";
  const left = () => [...new Bun.Glob("tmp/*").scanSync({ cwd: store.root, onlyFiles: false })];
  try {
    const result = await build({
      store,
      context: { kind: "directory", path: context },
      dockerfile: { kind: "text", text: request.dockerfile },
      tags: request.tags ?? [],
      buildArgs: request.buildArgs ?? {},
      noCache: request.noCache ?? false,
      ...(request.jobs === undefined ? {} : { jobs: request.jobs }),
      ...(request.timestamp === undefined ? {} : { timestamp: request.timestamp }),
      sandbox: createSandbox(),
      signal: cancel.signal,
      progress(event) {
        if (event.kind === "cached") cached.push(event.step.text);
        if (event.kind !== "output") return;
        output += new TextDecoder().decode(event.chunk);
        if (request.cancelAt && output.includes(request.cancelAt)) cancel.abort();
      },
    });
    const { tree } = await builtImage(store.source(result.raw.digest));
    const history = (result.config.history ?? []).map((entry) => entry.created_by ?? "");
    return { digest: result.raw.digest, tree, history, cached, output, left: left() };
  } catch (error) {
    const { code, data } = isKasaneError(error) ? error : { code: "none", data: {} };
    return {
      tree: [],
      history: [],
      cached,
      output,
      error: { code, message: messageOf(error), data },
      left: left(),
    };
  } finally {
    await store.close();
  }
}
