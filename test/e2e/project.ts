/** What tests do around the pipelines of the lab's project: settings, GitLab, and commands on the host. */
import { Agent, request } from "undici";
import type { ConfigEntry } from "../../lab/engine/index.ts";
import { type Lab, PROJECT } from "../../lab/lab.ts";

/** Asks GitLab for something as its administrator. */
export async function post(lab: Lab, path: string, body: Record<string, string>): Promise<void> {
  const answer = await request(`${lab.gitlab.apiUrl}projects/${encodeURIComponent(PROJECT)}${path}`, {
    method: "POST",
    headers: { "PRIVATE-TOKEN": lab.gitlab.adminToken, "Content-Type": "application/json" },
    body: JSON.stringify(body),
    dispatcher: new Agent({ connect: { ca: lab.ca.caPem } }),
  });
  if (answer.statusCode >= 300) throw new Error(`${path}: ${answer.statusCode} ${await answer.body.text()}`);
}

/** Runs the stack with settings of its project on top of Pulumi.lab.yaml. */
export async function configure(lab: Lab, settings: readonly ConfigEntry[]): Promise<void> {
  const config = settings.map(({ key, ...rest }) => ({ ...rest, key: `buildx-runners:projects[0].${key}` }));
  await (await lab.engine({ config })).up();
}

/** What a command prints on the host, with the open level's Docker, logged in to the registry. */
export async function inHost(lab: Lab, command: string): Promise<string> {
  const { user = "", password = "", address } = lab.registry;
  const { stdout, stderr, exitCode } = await lab.machine.exec(
    `set -eu
    export DOCKER_HOST=unix:///var/lib/buildx/open/docker.sock DOCKER_CONFIG=/root/builds-test
    docker login --username ${user} --password-stdin ${address} >/dev/null 2>&1
    ${command}`,
    { input: password },
  );
  if (exitCode !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout;
}
