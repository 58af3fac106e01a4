let translate: ((text: string) => string) | undefined;

/**
 * The text in the user's language; as it is where that is English, or where nothing is known for it. Called where texts are printed, so
 * that whatever throws or tells speaks English. What scripts read (standard output but for help and questions) is not said.
 */
export function say(text: string): string {
  translate ??= translatorOf(process.env);
  return translate(text);
}

/** The catalogue is loaded by what says something in Japanese, and by nobody else. */
function translatorOf(env: NodeJS.ProcessEnv): (text: string) => string {
  if (!isJapanese(env)) return (text) => text;
  return (require("./japanese.ts") as typeof import("./japanese.ts")).toJapanese;
}

/** Whether messages are to be Japanese, by POSIX's order: the first of these that is set and not empty decides. */
export function isJapanese(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || "";
  return /^ja(?![A-Za-z])/.test(locale);
}
