const passed = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;

/** Passes this process's signals on to the container whose directory this is, instead of ending by them. */
export function passSignalsTo(directory: string): { stop(): void } {
  const pass = async (signal: NodeJS.Signals) => {
    const { callSupervisor } = await import("../../container/mod.ts");
    try {
      await (await callSupervisor(directory, { do: "signal", signal })).answered;
    } catch {
      // It has just ended.
    }
  };
  for (const name of passed) process.on(name, pass);
  return {
    stop() {
      for (const name of passed) process.off(name, pass);
    },
  };
}
