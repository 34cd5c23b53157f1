/** `npm run bench [-- evaluation | rendering | host | boot | pipeline | monorepo …]`: ratios measured in one run, as tables. */
import { Command } from "commander";
import { runCommandLine, UsageError } from "../command-line.ts";
import { bootBench } from "./boot.ts";
import { evaluationBench } from "./evaluation.ts";
import { hostBench } from "./host.ts";
import { monorepoBench } from "./monorepo.ts";
import { pipelineBench } from "./pipeline.ts";
import { renderingBench } from "./rendering.ts";

const benches: Readonly<Record<string, () => string | Promise<string>>> = {
  evaluation: evaluationBench,
  rendering: renderingBench,
  host: hostBench,
  boot: bootBench,
  pipeline: pipelineBench,
  monorepo: monorepoBench,
};

async function bench(names: string[]): Promise<void> {
  const unknown = names.filter((name) => !(name in benches));
  if (unknown.length > 0)
    throw new UsageError(
      `there is no benchmark ${unknown.join(", ")}; there are: ${Object.keys(benches).join(", ")}`,
    );
  for (const name of names) console.log(`\n## ${name}\n\n${await benches[name]?.()}`);
}

const program = new Command("bench")
  .description("Measures ratios against a floor or a peer, in one run.")
  .argument("[names...]", `which: ${Object.keys(benches).join(", ")}`, Object.keys(benches))
  .action(bench);

await runCommandLine(program);
