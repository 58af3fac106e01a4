import type { CopyInstruction } from "../dockerfile/mod.ts";
import type { ContextOrigin } from "./context/context-origin.ts";
import { CopySources, excludeMatcher } from "./copy-sources.ts";
import { copyEntries } from "./copy-step.ts";
import { writeFileLayer } from "./file-layer.ts";
import { recipeKey } from "./file-step.ts";
import type { StageBuilder } from "./stage-builder.ts";
import type { StageImage } from "./stage-image.ts";
import type { StageLine } from "./stage-line.ts";

/**
 * Makes the layers of COPYs while the RUN above them runs: they nearly always bring the same entries whatever it does. They are found by
 * these entries when their turn comes; where RUN made a difference, nobody asks for them. Nothing of it is told, noted or recorded here, and what
 * fails is found out again in its turn.
 */
export class WorkAhead {
  readonly #stage: StageBuilder;
  readonly #context: ContextOrigin;
  #turn = 0;

  constructor(stage: StageBuilder, context: ContextOrigin) {
    this.#stage = stage;
    this.#context = context;
  }

  /** @param lines what follows the RUN that has just been started */
  begin(lines: readonly StageLine[]): void {
    const copies = this.#copies(lines);
    if (copies.length > 0) this.#stage.session.inBackground(this.#make(copies, ++this.#turn));
  }

  /** What nobody waits for is given up. */
  stop(): void {
    this.#turn++;
  }

  /** Of the context, and as far as nothing stands between them that they depend on. */
  #copies(lines: readonly StageLine[]): CopyInstruction[] {
    const copies: CopyInstruction[] = [];
    for (const line of lines) {
      const { instruction } = line;
      if (without.has(instruction.kind)) continue;
      if (instruction.kind !== "copy" || instruction.from !== undefined) break;
      try {
        copies.push(this.#stage.expand({ ...line, instruction }));
      } catch {
        break;
      }
    }
    return copies;
  }

  async #make(copies: readonly CopyInstruction[], turn: number): Promise<void> {
    const { session } = this.#stage;
    let below: StageImage = this.#stage.image();
    for (const instruction of copies) {
      // Others wait for a place.
      if (!session.isIdle || turn !== this.#turn) return;
      const sources = new CopySources(this.#stage, instruction, this.#context);
      // Reads what is not known of the files yet, and lets the rest of the process work meanwhile.
      await sources.key(excludeMatcher(instruction.exclude));
      const entries = await copyEntries(this.#stage, instruction, sources, below);
      const recipe = await recipeKey(entries);
      const goOn = () => {
        session.checkCancelled();
        if (turn !== this.#turn && !session.cache.isAwaited(recipe)) throw new GivenUp();
      };
      const layer = await session.cache.ahead(recipe, () =>
        session.work(() => writeFileLayer(session, entries, goOn)),
      );
      if (layer === undefined) return;
      below = { ...below, layers: [...below.layers, layer] };
    }
  }
}

/** Instructions that change nothing a COPY looks at. */
const without: ReadonlySet<string> = new Set([
  "cmd",
  "entrypoint",
  "expose",
  "healthcheck",
  "label",
  "maintainer",
  "onbuild",
  "shell",
  "stopsignal",
  "user",
  "volume",
]);

/** Reaches nobody. */
class GivenUp extends Error {}
