import { KasaneError } from "../lib/mod.ts";

const limitCharacters = 512;

/**
 * A test for repository names, or tags: `*` stands for any characters but a slash, `**` for any at all, `?` for one; so `team/*` are the
 * repositories right below `team`, `team/**` all below it, `**` every one. `{a,b}` is one of several.
 * @throws KasaneError `usage` for a pattern that cannot be read
 */
export function namePattern(glob: string): (name: string) => boolean {
  if (glob === "**") return () => true;
  if (!/[*?{]/.test(glob)) return (name) => name === glob;
  if (glob.length > limitCharacters) throw bad(glob, `longer than ${limitCharacters} characters`);
  const expression = new RegExp(`^${translate(glob)}$`);
  return (name) => expression.test(name);
}

/** Each wildcard is a character class or a plain `.*`, and never nested: matching is linear enough for names of 255 characters. */
function translate(glob: string): string {
  let depth = 0;
  const text = glob.replaceAll(/\*\*|[*?{},]|[^*?{},]+/g, (part) => {
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part === "{" && depth === 0) return depth++ === 0 ? "(?:" : "";
    if (part === "}" && depth === 1) return depth-- === 1 ? ")" : "";
    if (part === "," && depth === 1) return "|";
    return part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  });
  if (depth !== 0) throw bad(glob, "a { has no }");
  return text;
}

function bad(glob: string, reason: string): KasaneError {
  return new KasaneError(
    "usage",
    `${JSON.stringify(glob.slice(0, 60))} is not a pattern of names: ${reason}`,
    {
      hint: "write a name, or one with * (within a segment), ** (across slashes) and {a,b}",
    },
  );
}
