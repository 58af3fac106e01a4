/** `CONTAINER:PATH` of a `cp`; undefined for a path of this machine, which begins with `/` or `.` where a colon is in it. */
export function splitContainerPath(argument: string): { name: string; path: string } | undefined {
  const colon = argument.indexOf(":");
  if (colon < 0 || argument.startsWith("/") || argument.startsWith(".")) return undefined;
  return { name: argument.slice(0, colon), path: argument.slice(colon + 1) };
}
