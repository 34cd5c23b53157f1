/** `npm run stack:new -- NAME --from STACK`, `npm run stack:path -- host NAME --stack STACK`, `npm run stack:destroy -- NAME` */
import { fileURLToPath } from "node:url";
import { Argument, Command, Option } from "commander";
import { runCommandLine } from "../command-line.ts";
import type { DeploymentTier } from "../pipeline/model.ts";
import { ENTRY_KINDS, type EntryKind, pathOf } from "./path.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const TIERS: readonly DeploymentTier[] = ["production", "staging", "testing", "development", "other"];

const program = new Command("stack").description(
  "Creates a stack, finds an entry of its file, and destroys a stack.",
);

program
  .command("new")
  .description("copies an existing stack's file and its environment to a new stack")
  .argument("<name>", "name of the new stack")
  .requiredOption("--from <stack>", "existing stack to copy")
  .addOption(
    new Option("--tier <tier>", "GitLab's tier of the environment (default: derived from the name)").choices(
      TIERS,
    ),
  )
  .action(async (name: string, { from, tier }: { from: string; tier?: DeploymentTier }) => {
    const { createStack } = await import("./create.ts");
    console.log(createStack({ name, from, tier, directory: ROOT }));
  });

program
  .command("path")
  .description("prints the configuration path of a fleet, host or project, for: pulumi config set --path")
  .addArgument(new Argument("<kind>", "fleet, host or project").choices(ENTRY_KINDS))
  .argument("<name>", "the fleet's name, the host's address, or the project's path")
  .requiredOption("--stack <name>", "the stack; its file is Pulumi.<name>.yaml")
  .action((kind: EntryKind, name: string, { stack }: { stack: string }) => {
    console.log(pathOf({ kind, name, stack, directory: ROOT }));
  });

program
  .command("destroy")
  .description("removes everything that a stack manages: runners, services on hosts, variables and files")
  .argument("<name>", "name of the stack")
  .option("--confirm <name>", "the stack's name again, which answers the question (for scripts)")
  .action(async (name: string, { confirm }: { confirm?: string }) => {
    const { destroyStack } = await import("./destroy.ts");
    await destroyStack({ name, confirm, directory: ROOT });
  });

await runCommandLine(program);
