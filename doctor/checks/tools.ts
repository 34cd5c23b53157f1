/** Programs on this computer that `pulumi up` needs. */

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import coerce from "semver/functions/coerce.js";
import gte from "semver/functions/gte.js";
import major from "semver/functions/major.js";
import { sshHosts } from "../../runner/fleets/kinds.ts";
import { type PlannedCheck, question } from "../check.ts";
import type { Stack } from "../stack.ts";

const SUBJECT = "tools on this computer";

/** The first with type stripping that needs no flag. @see https://nodejs.org/api/typescript.html */
const FIRST_NODE = "22.18.0";

/** What a program says of its version; undefined where there is no such program. */
export type VersionOf = (command: string, argv: readonly string[]) => Promise<string | undefined>;

export const versionOf: VersionOf = async (command, argv) => {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, argv, { timeout: 20_000 });
    return (stdout.trim() || stderr.trim()).split("\n")[0];
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
};

/** Version of the SDK that this project's programs are written for. */
const sdkVersion = (): string =>
  (
    JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      dependencies: Record<string, string>;
    }
  ).dependencies["@pulumi/pulumi"] ?? "3.0.0";

export function toolChecks(stack: Stack, version: VersionOf = versionOf): PlannedCheck[] {
  const check = (id: string, title: string, run: PlannedCheck["run"]): PlannedCheck => ({
    subject: SUBJECT,
    id: `tools.${id}`,
    title,
    run,
  });
  return [
    check("node", `Node is ${FIRST_NODE} or later`, (answers) =>
      gte(process.versions.node, FIRST_NODE)
        ? answers.ok(process.version)
        : answers.failed(
            process.version,
            "npm ci, then run every command through npm, which uses its own Node",
          ),
    ),
    check("pulumi", "pulumi is installed, in the SDK's major version", async () =>
      pulumiVersion(await version("pulumi", ["version"]), sdkVersion()),
    ),
    check("git", "git is installed", async (answers) => {
      const found = await version("git", ["--version"]);
      return found === undefined
        ? answers.failed("git is not on PATH", "apt-get install git")
        : answers.ok(found);
    }),
    check("ssh", "every host has a privateKey in the stack, or an SSH agent runs", async (answers) => {
      const without = (stack.config?.fleets ?? []).flatMap((fleet) =>
        sshHosts(fleet)
          .flatMap((host) => [host, ...(host.bastion ? [host.bastion] : [])])
          .filter(({ privateKey }) => privateKey === undefined),
      );
      const [first] = without;
      if (first === undefined) return answers.ok("every host has a privateKey");
      return stack.environment.SSH_AUTH_SOCK === undefined
        ? answers.failed(
            `${without.length} hosts have no privateKey (the first is ${first.address}), and no SSH agent runs`,
            'start an agent: eval "$(ssh-agent)" && ssh-add; or set privateKey for the hosts',
          )
        : answers.ok("SSH_AUTH_SOCK is set");
    }),
    check("ssh-client", "ssh is installed, for people to log in", async (answers) => {
      const found = await version("ssh", ["-V"]);
      return found === undefined
        ? answers.warning("ssh is not on PATH", "apt-get install openssh-client")
        : answers.ok(found);
    }),
  ];
}

/** @param said `v3.270.0`, as `pulumi version` says it. */
export function pulumiVersion(said: string | undefined, sdk: string) {
  const answers = question(SUBJECT, "tools.pulumi", "pulumi is installed, in the SDK's major version");
  const install = "https://www.pulumi.com/docs/install/";
  if (said === undefined) return answers.failed("pulumi is not on PATH", `install it: ${install}`);
  const version = coerce(said);
  if (version === null) return answers.warning(`its version is ${said}`, `install a release: ${install}`);
  return major(version) === major(sdk)
    ? answers.ok(`${said}, SDK ${sdk}`)
    : answers.failed(
        `pulumi is ${said}, but the SDK is ${sdk}`,
        `install one of the same major version: ${install}`,
      );
}
