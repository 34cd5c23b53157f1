/** Removes what a pipeline left on the host: gitlab-ci-local cleans up after itself, unless it is killed. */
import { run } from "../run.ts";
import { endpointOf } from "./endpoint.ts";
import type { PipelineHost, PipelineRunner } from "./runners.ts";

/** Removes everything with this label, and containers that joined a network with it. */
export async function sweep(
  host: PipelineHost,
  runners: readonly PipelineRunner[],
  docker: string,
  label: string,
): Promise<void> {
  for (const socket of new Set(runners.map((runner) => runner.socket))) {
    await using endpoint = await endpointOf(host, socket);
    const call = async (...argv: string[]) => {
      const result = await run(docker, ["--host", endpoint.url, ...argv], { tolerate: true });
      return result.stdout.split("\n").filter((line) => line !== "");
    };
    const filter = `label=${label}`;
    const networks = await call("network", "ls", "--quiet", "--filter", filter);
    const containers = await call("ps", "--all", "--quiet", "--filter", filter);
    for (const network of networks) {
      containers.push(...(await call("ps", "--all", "--quiet", "--filter", `network=${network}`)));
    }
    if (containers.length > 0) await call("rm", "--force", "--volumes", ...new Set(containers));
    if (networks.length > 0) await call("network", "rm", ...networks);
    const volumes = await call("volume", "ls", "--quiet", "--filter", filter);
    if (volumes.length > 0) await call("volume", "rm", "--force", ...volumes);
  }
}
