/** Programs that Kasane answers for when it is called by their name. */
export const toolNames = ["docker", "podman", "buildah", "skopeo"] as const;
export type ToolName = (typeof toolNames)[number];

/** The grammar of one of them: what stands before the command, and which of its commands is which of Kasane's. */
export interface Tool {
  readonly name: ToolName;
  /**
   * Flags before the command: `value` and `none` say whether one takes a value and that it means nothing here; `root` is Kasane's --root; `command`
   * takes a value, and belongs to the command.
   */
  readonly globalFlags: Readonly<Record<string, "value" | "none" | "root" | "command">>;
  /** Every command of it that Kasane has, by its words. */
  readonly commands: Readonly<Record<string, string>>;
  /** Those that Kasane has not. */
  readonly missing: readonly string[];
}

const variable = "KASANE_GRAMMAR";

/** Whose grammar the command line is read by; kept for the run inside a user namespace as well. */
export function grammar(): ToolName | "kasane" {
  return toolNames.find((name) => name === process.env[variable]) ?? "kasane";
}

export function setGrammar(name: ToolName): void {
  process.env[variable] = name;
}

/** For programs that are started from here: they have a name of their own. */
export function forgetGrammar(): void {
  delete process.env[variable];
}

/** Each word as it is. */
export function sameWords(text: string): Record<string, string> {
  return Object.fromEntries(text.split(/\s*,\s*/).map((words) => [words.trim(), words.trim()]));
}

/** Each member of a group under another command. */
export function membersOf(name: string, members: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).map(([member, command]) => [`${name} ${member}`, command]),
  );
}

export function flagsOfKind<Kind extends Tool["globalFlags"][string]>(
  kind: Kind,
  text: string,
): Record<string, Kind> {
  return Object.fromEntries(text.split(" ").map((flag) => [flag, kind]));
}
