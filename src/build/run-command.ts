import { heredocText, parseHeredocStart, type RunInstruction } from "../dockerfile/mod.ts";
import { resolveCommand } from "./history.ts";

/** A file the step sees although it is not in the image. */
export interface ScriptFile {
  /** Absolute path inside. */
  readonly target: string;
  readonly content: string;
}

export interface RunCommand {
  readonly argv: readonly string[];
  readonly script?: ScriptFile;
}

/** Where a heredoc with a `#!` line stands while it runs; the same place as BuildKit's, because scripts see it as `$0`. */
const scriptDirectory = "/dev/pipes";

/**
 * What RUN executes. A heredoc that is the whole command is a script: with `#!` a file of its own, else text for the shell. Any
 * other heredoc is the shell's to read.
 */
export function runCommand(instruction: RunInstruction, shell: readonly string[] | undefined): RunCommand {
  const { command, heredocs } = instruction;
  const first = heredocs[0];
  if (command.form === "exec" || !first) return { argv: resolveCommand(command, shell) };
  if (heredocs.length === 1 && parseHeredocStart(command.text)) {
    const content = heredocText(first);
    if (!content.startsWith("#!")) return { argv: resolveCommand({ form: "shell", text: content }, shell) };
    const target = `${scriptDirectory}/${first.name.replaceAll("/", "_")}`;
    return { argv: resolveCommand({ form: "shell", text: target }, shell), script: { target, content } };
  }
  const text = [command.text, ...heredocs.map((heredoc) => `${heredoc.content}${heredoc.name}`)].join("\n");
  return { argv: resolveCommand({ form: "shell", text }, shell) };
}
