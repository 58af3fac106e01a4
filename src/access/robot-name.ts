import { KasaneError } from "../lib/mod.ts";

/** Before the name where a robot logs in. A plus sign needs no quoting in a shell, as `$` would. */
export const robotPrefix = "robot+";

const form = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const limitCharacters = 64;

/** The name without `robot+`. @throws KasaneError `usage` */
export function parseRobotName(text: string): string {
  const name = text.startsWith(robotPrefix) ? text.slice(robotPrefix.length) : text;
  if (form.test(name) && name.length <= limitCharacters) return name;
  throw new KasaneError("usage", `${JSON.stringify(text.slice(0, 80))} is not a robot's name`, {
    hint: `write lower-case letters and digits, with . _ or - between them, at most ${limitCharacters} characters`,
  });
}
