/** `npm run bench [-- evaluation | host | pipeline …]`: ratios measured in one run, as tables. */
import { Command } from "commander";
import { evaluationBench } from "./evaluation.ts";

const benches: Readonly<Record<string, () => string | Promise<string>>> = {
  evaluation: evaluationBench,
};

const program = new Command("bench")
  .description("Measures ratios against a floor or a peer, in one run.")
  .argument("[names...]", `which: ${Object.keys(benches).join(", ")}`, Object.keys(benches));
const names = program.parse().processedArgs[0] as string[];

for (const name of names) {
  const bench = benches[name];
  if (bench) console.log(`\n## ${name}\n\n${await bench()}`);
  else program.error(`there is no benchmark ${name}; there are: ${Object.keys(benches).join(", ")}`);
}
