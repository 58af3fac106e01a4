import { KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";

export default {
  name: "completion",
  summary: "Print a script that completes commands in a shell",
  usage: "bash|zsh|fish",
  description:
    "Commands, flags and their values, names of images and containers, and files. The script asks kasane at every tab, so it need not be made again after an update.",
  examples: [
    { call: "completion bash > ~/.local/share/bash-completion/completions/kasane", what: "for bash" },
    { call: "completion zsh > ~/.zfunc/_kasane", what: "for zsh, with ~/.zfunc in fpath before compinit" },
    { call: "completion fish > ~/.config/fish/completions/kasane.fish", what: "for fish" },
  ],
  flags: [],
  arguments: { min: 1, max: 1 },
  async run({ flags, terminal }) {
    const { completionScripts } = await import("../completion/scripts.ts");
    const shell = flags.arguments[0]!;
    if (!Object.hasOwn(completionScripts, shell)) {
      throw new KasaneError("usage", `there is no completion for ${JSON.stringify(shell)}`, {
        hint: `for ${Object.keys(completionScripts).join(", ")}`,
      });
    }
    terminal.out(completionScripts[shell]!);
    return 0;
  },
} satisfies Command;
