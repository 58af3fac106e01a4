import { type ExpandOptions, expandWord, expandWords, type VariableLookup } from "./expand.ts";
import type { StageInstruction } from "./instruction.ts";

/**
 * The instruction with variables replaced where the language has them: ENV, LABEL, COPY, ADD, WORKDIR, USER, VOLUME, EXPOSE,
 * STOPSIGNAL, and the options of RUN. Commands are the shell's to expand, ONBUILD waits for its trigger, ARG has an order of its own.
 * @throws KasaneError `invalid-dockerfile` (no line), `limit-exceeded`
 */
export function expandInstruction<T extends StageInstruction>(
  instruction: T,
  lookup: VariableLookup,
  options: Pick<ExpandOptions, "escape"> = {},
): T {
  const word = (text: string): string => expandWord(text, lookup, options);
  return expanded(instruction, word, lookup, options) as T;
}

function expanded(
  instruction: StageInstruction,
  word: (text: string) => string,
  lookup: VariableLookup,
  options: Pick<ExpandOptions, "escape">,
): StageInstruction {
  switch (instruction.kind) {
    case "env":
    case "label":
      return {
        ...instruction,
        pairs: instruction.pairs.map((pair) => ({ ...pair, name: word(pair.name), value: word(pair.value) })),
      };
    case "add":
    case "copy": {
      const { chown, chmod } = instruction;
      const common = {
        sources: instruction.sources.map(word),
        // The content is text, not a word: quotes mean nothing in it, and its escape is always a backslash.
        inlineFiles: instruction.inlineFiles.map((file) =>
          file.expand ? { ...file, content: expandWord(file.content, lookup, { plainQuotes: true }) } : file,
        ),
        destination: word(instruction.destination),
        ...(chown === undefined ? {} : { chown: word(chown) }),
        ...(chmod === undefined ? {} : { chmod: word(chmod) }),
      };
      if (instruction.kind === "copy") return { ...instruction, ...common };
      const { checksum } = instruction;
      return { ...instruction, ...common, ...(checksum === undefined ? {} : { checksum: word(checksum) }) };
    }
    case "workdir":
      return { ...instruction, path: word(instruction.path) };
    case "user":
      return { ...instruction, user: word(instruction.user) };
    case "stopsignal":
      return { ...instruction, signal: word(instruction.signal) };
    case "volume":
      return { ...instruction, paths: instruction.paths.map(word) };
    case "expose":
      return {
        ...instruction,
        ports: instruction.ports.flatMap((port) => expandWords(port, lookup, options)),
      };
    case "run": {
      const { network, security } = instruction;
      return {
        ...instruction,
        mounts: instruction.mounts.map(word),
        ...(network === undefined ? {} : { network: word(network) }),
        ...(security === undefined ? {} : { security: word(security) }),
      };
    }
    default:
      return instruction;
  }
}
