/** A person at a terminal in which a command runs. */
export class Session {
  text = "";
  readonly child: Bun.Subprocess;
  #seen = 0;

  constructor(command: string[]) {
    const decoder = new TextDecoder();
    // Given as options, it is the child's controlling terminal.
    const terminal = {
      cols: 90,
      rows: 30,
      data: (_: Bun.Terminal, chunk: Uint8Array) => {
        this.text += decoder.decode(chunk, { stream: true });
      },
    };
    this.child = Bun.spawn(command, { terminal, cwd: "/" });
  }

  type(text: string): void {
    this.child.terminal!.write(text);
  }

  resize(columns: number, rows: number): void {
    this.child.terminal!.resize(columns, rows);
  }

  /** Waits for `pattern` in what came since the last time. */
  async see(pattern: RegExp): Promise<string> {
    for (const end = Date.now() + 8000; ; await Bun.sleep(5)) {
      const match = pattern.exec(this.text.slice(this.#seen));
      if (match) {
        this.#seen += match.index + match[0].length;
        return match[0];
      }
      if (Date.now() > end) throw new Error(`no ${pattern} in ${JSON.stringify(this.text)}`);
    }
  }

  close(): void {
    this.child.kill("SIGKILL");
    this.child.terminal!.close();
  }
}
