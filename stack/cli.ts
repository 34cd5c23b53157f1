/** `npm run stack:new -- NAME --from STACK`, `npm run stack:destroy -- NAME` */
import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import { runCommandLine } from "../command-line.ts";
import type { DeploymentTier } from "../pipeline/model.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const TIERS: readonly DeploymentTier[] = ["production", "staging", "testing", "development", "other"];

const program = new Command("stack").description("Makes a stack for an environment, and ends one.");

program
  .command("new")
  .description("writes a stack's file and its environment, from those of a stack that is there")
  .argument("<name>", "of the new stack")
  .requiredOption("--from <stack>", "stack to make it from")
  .addOption(
    new Option("--tier <tier>", "GitLab's tier of the environment; a guess by the name unless set").choices(
      TIERS,
    ),
  )
  .action(async (name: string, { from, tier }: { from: string; tier?: DeploymentTier }) => {
    const { createStack } = await import("./create.ts");
    console.log(createStack({ name, from, tier, directory: ROOT }));
  });

program
  .command("destroy")
  .description("takes a stack down: its runners, its hosts' services, its variables and its files")
  .argument("<name>", "of the stack")
  .option("--confirm <name>", "the same name again, where nobody is there to be asked")
  .action(async (name: string, { confirm }: { confirm?: string }) => {
    const { destroyStack } = await import("./destroy.ts");
    await destroyStack({ name, confirm, directory: ROOT });
  });

await runCommandLine(program);
