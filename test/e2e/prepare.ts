/** Makes once what every file of the slow tests finds ready, so that no two of them make it at the same time. */
import { ensurePulumi } from "../../lab/engine/index.ts";
import { prepareImages } from "../../lab/images/index.ts";
import { installSystemPackages } from "../../lab/packages.ts";
import { loggedSteps } from "../../lab/progress.ts";
import { ensureReadyHost } from "../../lab/ready-host.ts";

export default async function prepare(): Promise<void> {
  await loggedSteps("Debian packages", () => installSystemPackages(undefined, { assumeYes: true }));
  // Whoever runs one file does not wait for the images of all.
  const tools = process.env.CI === "true";
  await Promise.all([
    loggedSteps("pulumi", ensurePulumi),
    loggedSteps("images", (say) => prepareImages({ tools, progress: say })),
  ]);
  await loggedSteps("a host that is set up", (say) => ensureReadyHost(say));
}
