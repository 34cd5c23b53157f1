/** `npm run bench [-- evaluation | rendering | host | boot | pipeline | monorepo …]`: ratios measured in one run, as tables, which bench/README.md keeps. */
import { Command } from "commander";
import { runCommandLine, UsageError } from "../command-line.ts";
import { bootBench } from "./boot.ts";
import { evaluationBench } from "./evaluation.ts";
import { hostBench } from "./host.ts";
import { monorepoBench } from "./monorepo.ts";
import { pipelineBench } from "./pipeline.ts";
import { record, recorded } from "./record.ts";
import { renderingBench } from "./rendering.ts";

const benches: Readonly<Record<string, (runs?: number) => string | Promise<string>>> = {
  evaluation: evaluationBench,
  rendering: renderingBench,
  host: hostBench,
  boot: bootBench,
  pipeline: pipelineBench,
  monorepo: monorepoBench,
};

/** Runs of each case where figures are only looked at. */
const FEW = 3;

async function bench(names: string[], { compare = false }: { compare?: boolean }): Promise<void> {
  const unknown = names.filter((name) => !(name in benches));
  if (unknown.length > 0)
    throw new UsageError(
      `there is no benchmark ${unknown.join(", ")}; there are: ${Object.keys(benches).join(", ")}`,
    );
  for (const name of names) {
    const measured = (await benches[name]?.(compare ? FEW : undefined)) ?? "";
    console.log(`\n## ${name}\n\n${measured}`);
    if (compare) console.log(`\nRecorded in bench/README.md:\n\n${recorded(name)}`);
    else record(name, measured);
  }
}

const program = new Command("bench")
  .description("Measures ratios against a floor or a peer, in one run.")
  .argument("[names...]", `which: ${Object.keys(benches).join(", ")}`, Object.keys(benches))
  .option("--compare", "a few runs, shown with the recorded figures; bench/README.md is not changed")
  .action(bench);

await runCommandLine(program);
