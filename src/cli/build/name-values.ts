/** `NAME=VALUE`; a NAME alone takes its value from `env` and is left out where there is none, or gets `absent`. */
export function pairs(
  texts: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  absent?: string,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const text of texts) {
    const equals = text.indexOf("=");
    const name = equals < 0 ? text : text.slice(0, equals);
    const value = equals < 0 ? (env[name] ?? absent) : text.slice(equals + 1);
    if (value !== undefined) result[name] = value;
  }
  return result;
}
