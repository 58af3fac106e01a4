const secretWords = new Set(
  "apikey auth credential credentials key password pword passwd secret token".split(" "),
);
/** Words that say that the value is no secret itself. */
const harmlessWords = new Set(["public", "file", "version"]);

/** True for names like DATABASE_PASSWORD and api_key. Only the words between underscores count. */
export function looksSecret(name: string): boolean {
  const words = name.toLowerCase().split("_");
  return words.some((word) => secretWords.has(word)) && !words.some((word) => harmlessWords.has(word));
}
