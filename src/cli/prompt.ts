import { isatty, ReadStream } from "node:tty";
import { KasaneError } from "../lib/mod.ts";
import { say } from "./messages/say.ts";
import type { Terminal } from "./terminal.ts";

/** Longest answer, characters. */
const limit = 64 * 1024;

/**
 * Questions on the terminal that standard input is. What was typed ahead belongs to the next one.
 * @throws KasaneError `usage` where there is no terminal; every question: what an interrupt gives as the signal's reason
 */
export function openPrompt(terminal: Pick<Terminal, "err">, signal: AbortSignal): Prompt {
  if (!isatty(0)) {
    throw new KasaneError("usage", "cannot ask for a user name and password: standard input is no terminal", {
      hint: 'pass --username, and the password to --password-stdin: printf %s "$PASSWORD" | kasane login -u USER --password-stdin',
      data: { exitCode: 1 },
    });
  }
  return new Prompt(terminal, signal);
}

class Prompt {
  readonly #terminal: Pick<Terminal, "err">;
  readonly #signal: AbortSignal;
  readonly #input = new ReadStream(0);
  #ahead = "";

  constructor(terminal: Pick<Terminal, "err">, signal: AbortSignal) {
    this.#terminal = terminal;
    this.#signal = signal;
  }

  /** One line, which the terminal shows as it is typed. */
  async ask(question: string): Promise<string> {
    this.#terminal.err(say(question));
    try {
      return await this.#readLine();
    } catch (error) {
      this.#terminal.err("\n");
      throw error;
    }
  }

  /** One line that is not shown. @throws KasaneError `cancelled` for Ctrl-C */
  async askSecret(question: string): Promise<string> {
    this.#input.setRawMode(true);
    try {
      // Not before the terminal has stopped showing what is typed.
      this.#terminal.err(say(question));
      return await this.#readSecret();
    } finally {
      this.#input.setRawMode(false);
      this.#terminal.err("\n");
    }
  }

  close(): void {
    this.#input.destroy();
  }

  async #readLine(): Promise<string> {
    let line = "";
    for await (const character of this.#characters()) {
      if (character === "\n" || character === "\r") break;
      line += character;
    }
    return line.trim();
  }

  async #readSecret(): Promise<string> {
    let secret: string[] = [];
    for await (const character of this.#characters()) {
      if (character === "\n" || character === "\r" || character === "\x04") break;
      if (character === "\x03")
        throw new KasaneError("cancelled", "interrupted", { data: { exitCode: 130 } });
      // The keys of a terminal that edits lines: rub out, and begin again.
      if (character === "\x7f" || character === "\b") secret.pop();
      else if (character === "\x15") secret = [];
      else secret.push(character);
    }
    return secret.join("");
  }

  /** What is typed, a character at a time; it ends with the input. */
  async *#characters(): AsyncGenerator<string> {
    for (let count = 0; count < limit; count++) {
      if (this.#ahead === "") this.#ahead = await this.#read();
      const character = this.#ahead.slice(0, this.#ahead.codePointAt(0)! > 0xffff ? 2 : 1);
      if (character === "") return;
      this.#ahead = this.#ahead.slice(character.length);
      yield character;
    }
  }

  #read(): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = (finish: () => void) => {
        this.#input.off("data", onData).off("end", onEnd).off("error", onError);
        this.#signal.removeEventListener("abort", onAbort);
        this.#input.pause();
        finish();
      };
      const onData = (chunk: Buffer) => done(() => resolve(chunk.toString("utf8")));
      const onEnd = () => done(() => resolve(""));
      const onError = (error: Error) => done(() => reject(error));
      const onAbort = () => done(() => reject(this.#signal.reason));
      this.#signal.addEventListener("abort", onAbort);
      this.#input.on("data", onData).on("end", onEnd).on("error", onError).resume();
    });
  }
}
