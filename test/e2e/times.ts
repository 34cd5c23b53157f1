/** A reporter: how long each file took, the longest first. */
import type { Reporter, TestModule } from "vitest/node";

export default class Times implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.map((one) => ({
      name: one.relativeModuleId,
      seconds: Math.round(one.diagnostic().duration / 1000),
    }));
    rows.sort((a, b) => b.seconds - a.seconds);
    for (const { name, seconds } of rows) console.log(`${String(seconds).padStart(5)} s  ${name}`);
  }
}
