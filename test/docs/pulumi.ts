/** A user's Pulumi for the commands of the documentation: the real engine, a state in files, and the lab's providers. */
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { pulumiEnvironment } from "../../lab/engine/index.ts";
import { type Lab, labConfig, PROJECT, USER } from "../../lab/lab.ts";
import { nodeBinary } from "../../lab/paths.ts";
import type { Copy } from "./copy.ts";
import { REPOSITORY } from "./pages.ts";

/** Environment of commands that run `pulumi`: what a user's shell has, and the lab's providers on PATH. */
export function userEnvironment(copy: Copy, { pulumi }: Lab): Record<string, string> {
  const environment = pulumiEnvironment(pulumi);
  return {
    ...environment,
    PATH: [dirname(nodeBinary), environment.PATH].join(delimiter),
    // It finds the user's home by itself, whatever HOME says.
    PULUMI_HOME: join(copy.home, ".pulumi"),
    PULUMI_CONFIG_PASSPHRASE: "correct-horse",
    PULUMI_SKIP_CONFIRMATIONS: "true",
  };
}

const OURS = "buildx-runners:";

/** What the pages tell a reader to fill in: the stack file names the lab's host and project. Secrets are not in it. */
export function fillIn(copy: Copy, lab: Lab, stack: string): void {
  const file = join(copy.directory, `Pulumi.${stack}.yaml`);
  const { config: _example, ...rest } = parse(readFileSync(file, "utf8")) as { config: unknown };
  const { config } = parse(readFileSync(join(REPOSITORY, "Pulumi.lab.yaml"), "utf8")) as {
    config: Record<string, Record<string, Record<string, unknown>>[]>;
  };
  const [fleet] = config[`${OURS}fleets`] ?? [];
  const [project] = config[`${OURS}projects`] ?? [];
  const given = Object.fromEntries(labConfig(lab).map(({ key, value }) => [key, value]));
  const host = (name: string) => given[`${OURS}fleets[0].hosts[0].${name}`];
  Object.assign(fleet ?? {}, {
    hosts: [{ address: host("address"), user: host("user"), hostKey: host("hostKey") }],
    registryMirrors: given[`${OURS}fleets[0].registryMirrors`],
    caCertificates: [lab.ca.caPem],
  });
  Object.assign(project ?? {}, {
    registry: { image: `${lab.registry.address}/${PROJECT}`, user: USER },
  });
  const addresses = { "gitlab:baseUrl": lab.gitlab.apiUrl, "gitlab:cacertFile": lab.ca.caPath };
  writeFileSync(file, stringify({ ...rest, config: { ...config, ...addresses } }));
}
