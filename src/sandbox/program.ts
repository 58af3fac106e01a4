/** True in the executable that `bun build --compile` makes, where sources live in a file system of its own. */
export function isCompiled(): boolean {
  return import.meta.path.startsWith("/$bunfs/");
}

/** The command that starts this program again. */
export function ownCommand(): string[] {
  return isCompiled() ? [process.execPath] : [process.execPath, ...process.execArgv, Bun.main];
}
